/** The pictures of a hand-over in a dialog: they are sent before the act, which then names them. */
import { newKey, post, RequestError } from "core/http";

export class Pictures {
  /** File -> { key, id }: each is sent once, however often the act is tried. */
  #sent = new Map();

  constructor(box) {
    this.box = box;
  }

  /** Ids of all chosen pictures, sending those that are not there yet; throws what the server says of one. */
  async ids() {
    const ids = [];
    for (const input of this.box.querySelectorAll("input[type=file]")) {
      for (const file of input.files) ids.push(await this.#idOf(file, input.dataset.kind));
    }
    return ids;
  }

  /** The server no longer has them, or they were used: the next try sends them anew. */
  forget() {
    this.#sent.clear();
  }

  async #idOf(file, kind) {
    const sent = this.#sent.get(file) ?? { key: newKey() };
    this.#sent.set(file, sent);
    if (!sent.id) {
      const form = new FormData();
      for (const [name, value] of Object.entries({ kind, stage: this.box.dataset.stage, file })) form.append(name, value);
      try {
        sent.id = (await post(this.box.dataset.upload, form, { key: sent.key })).id;
      } catch (error) {
        if (error.status !== 0) this.#sent.delete(file);
        throw named(error, file);
      }
    }
    return sent.id;
  }
}

/** Of several pictures the one that is wrong is named; without fields, so that it is told once, above the form. */
const named = ({ status, code, message, requestId }, file) => new RequestError({ status, code, requestId, message: `${file.name}: ${message}` });
