import { encode } from 'uqr';

const SVG = 'http://www.w3.org/2000/svg';

/** A QR code as an image. Built from elements: the Content-Security-Policy allows no markup from strings. */
export function qrCode(text: string, label: string): SVGElement {
  const { data, size } = encode(text, { border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', squares.join(''));
  const image = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': label })) {
    image.setAttribute(name, value);
  }
  image.classList.add('qr');
  image.append(path);
  return image;
}
