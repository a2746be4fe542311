/** Makes what a camera gives small enough for a phone line: upright, at most 1,600 pixels long, without its metadata. */
const LONGEST = 1600;
const QUALITY = 0.82;

export async function shrink(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error("This file is not a picture. Take a photo.");
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return asBlob(canvas, "image/jpeg", QUALITY);
}

/** A picture as the server takes it, for an order or a waybill. */
export function formOf({ id, kind, stage, blob }) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ id, kind, stage })) form.set(name, value);
  form.set("file", blob, kind === "signature" ? "signature.png" : "photo.jpg");
  return form;
}

export function asBlob(canvas, type, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The phone could not keep this picture. Try again."))), type, quality);
  });
}
