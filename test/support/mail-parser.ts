import PostalMime from 'postal-mime';

/** A mail as a mail program shows it. */
export interface ParsedMail {
  readonly from: string | undefined;
  /** Every recipient that any header names. */
  readonly recipients: readonly (string | undefined)[];
  readonly subject: string | undefined;
  readonly text: string;
  readonly messageId: string | undefined;
  /** The code in it, as it is shown. */
  readonly code: string | undefined;
}

const CODE = /\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b/;

export async function parseMail(source: Buffer): Promise<ParsedMail> {
  const { from, to = [], cc = [], bcc = [], subject, text = '', messageId } = await PostalMime.parse(source);
  return {
    from: from?.address,
    recipients: [...to, ...cc, ...bcc].flatMap((entry) => entry.group ?? [entry]).map(({ address }) => address),
    subject,
    text,
    messageId,
    code: CODE.exec(text)?.[0],
  };
}
