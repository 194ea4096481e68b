// What leaves the editor: files, pictures, paper.

const PIXELS = 2; // of a PNG for each unit of the diagram

/** Offers a text or Blob as a file. */
export function download(name, content, type) {
  const url = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** An SVG as a PNG on white. */
export async function asPng(svg) {
  const image = await pictureOf(svg);
  const canvas = Object.assign(document.createElement('canvas'), { width: image.width * PIXELS, height: image.height * PIXELS });
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The diagram is too large for one picture; export it as SVG.'))), 'image/png');
  });
}

function pictureOf(svg) {
  const image = new Image();
  const loaded = new Promise((resolve, reject) => {
    image.addEventListener('load', () => resolve(image));
    image.addEventListener('error', () => reject(new Error('The browser cannot draw this picture; export it as SVG.')));
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return loaded;
}

/** Prints a picture alone, with its title, as large as the paper lets it. */
export async function print(svg, title) {
  const sheet = Object.assign(document.createElement('section'), { className: 'print-sheet' });
  const heading = Object.assign(document.createElement('h1'), { textContent: title });
  sheet.append(heading, await pictureOf(svg));
  document.body.append(sheet);
  window.addEventListener('afterprint', () => sheet.remove(), { once: true });
  window.print();
}
