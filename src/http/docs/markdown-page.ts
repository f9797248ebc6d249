import { Marked, type Tokens } from 'marked';

/** Where a link of a page leads on this server; undefined: to a file that it does not serve. */
type LinkTarget = (link: string) => string | undefined;

/**
 * A page of the documentation as HTML without scripts. Images, and the list of tests at the end, are left out; a link to a
 * file that the server does not have becomes its text. Headings have the anchors that GitHub gives them.
 */
export function renderPage(markdown: string, navigation: Readonly<Record<string, string>>, target: LinkTarget): string {
  const shown = markdown.replace(/^!\[[^\]]*\]\([^)]*\)\n*/gm, '').replace(/\n## Tests\n[\s\S]*$/, '\n');
  const title = /^# (.+)$/m.exec(shown)?.[1] ?? '';
  const marked = new Marked({
    async: false,
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading): string {
        return `<h${depth} id="${anchorOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        const text = this.parser.parseInline(tokens);
        const to = /^(?:[a-z]+:|#)/.test(href) ? href : target(href);
        return to === undefined ? text : `<a href="${escaped(to)}">${text}</a>`;
      },
      html: ({ text }: Tokens.HTML | Tokens.Tag): string => escaped(text),
    },
  });
  const links = Object.entries(navigation).map(([name, path]) => `<a href="${escaped(path)}">${escaped(name)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Stagedoor</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<style>${STYLE}</style>
</head>
<body>
<nav>${links.join('\n')}</nav>
<main>
${marked.parse(shown) as string}</main>
</body>
</html>
`;
}

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 52rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding-bottom: .75rem; border-bottom: 1px solid #8886; }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .75rem; }
code { font-size: .9em; background: #8882; padding: .1em .3em; border-radius: .25em; }
pre { overflow-x: auto; background: #8882; padding: .75rem 1rem; border-radius: .5rem; }
pre code { background: none; padding: 0; }
table { display: block; overflow-x: auto; border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #8884; }
:target { background: #fd03; }
`;
