/**
 * The page's one connection to the live stream: every change once and in order, positions, and how old the picture is.
 *
 * The page knows the number of the stream from before its data was read (`config.stream_number`). Whatever comes after
 * that number is asked for, also after a lost connection or a night's sleep; where the server cannot replay it, it says
 * so and everything that holds rows reads them anew ("live:reload"). core/live only carries: whoever holds a row drops
 * what is not newer than the `version` it has.
 */
import { emit, on } from "core/bus";
import { config } from "core/config";

/** The server beats every two seconds; after this long without a frame the connection is taken for dead. */
const SILENCE = 7_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const NOT_SIGNED_IN = 4401;
const FORBIDDEN = 4403;
const RIGHTS_CHANGED = 4410;

class Live {
  #socket = null;
  #number = config.stream_number ?? null; // everything up to here has been handed on
  #head = null; // how far the server said it is
  #reloading = 0; // lists that are still being read anew
  #rightsChanged = false;
  #pictureAt = null;
  #heardAt = 0;
  #failures = 0;
  #refusals = 0;
  #retry = null;
  #view = null; // the bounds of which positions are wanted at once; null: everywhere

  start() {
    this.#connect();
    setInterval(() => this.#watch(), 1000);
    on("live:view", ({ bounds }) => {
      this.#view = bounds;
      this.#say({ t: "view", bounds });
    });
    // Timers sleep with the tab or the computer; waking up is the moment to look whether the line still stands.
    document.addEventListener("visibilitychange", () => !document.hidden && this.#wake());
    window.addEventListener("online", () => this.#wake());
    window.addEventListener("pageshow", ({ persisted }) => persisted && this.#wake());
    window.addEventListener("offline", () => this.#show("offline"));
    // A page kept for the back button must not keep its connection; `pageshow` opens a new one.
    window.addEventListener("pagehide", () => this.#drop());
  }

  #connect() {
    clearTimeout(this.#retry);
    this.#retry = null;
    const address = new URL(config.live, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.onopen = () => this.#hello();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => socket === this.#socket && this.#closed(code);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #say(content) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(content));
  }

  /** Begin, or ask again for what is missing. */
  #hello() {
    this.#say({ t: "hello", last: this.#number });
  }

  #closed(code) {
    this.#socket = null;
    if (code === NOT_SIGNED_IN) {
      // Changing the password gives this browser a new session: one more try tells whether it is really over.
      this.#refusals += 1;
      if (this.#refusals > 1) {
        this.#show("offline");
        emit("signed-out");
        return;
      }
    }
    if (code === FORBIDDEN) {
      this.#show("offline");
      emit("failure", new Error("You no longer have access to this company's console. Ask your administrator."));
      return;
    }
    if (code === RIGHTS_CHANGED) {
      this.#number = null;
      this.#rightsChanged = true;
    }
    this.#failures += 1;
    this.#show(this.#failures > 1 || !navigator.onLine ? "offline" : "catching_up");
    // All consoles lose their connection at once when the server restarts: each comes back at its own moment.
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1)) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.#connect(), pause);
  }

  #watch() {
    if (!this.#socket || Date.now() - this.#heardAt <= SILENCE) return;
    this.#drop();
    this.#closed(0);
  }

  #wake() {
    if (this.#socket) this.#watch();
    if (!this.#socket && this.#refusals < 2) this.#connect();
  }

  #receive(frame) {
    this.#heardAt = Date.now();
    switch (frame.t) {
      case "welcome":
        this.#failures = this.#refusals = 0;
        if (this.#view) this.#say({ t: "view", bounds: this.#view });
        this.#head = frame.number;
        this.#number ??= frame.number;
        if (this.#rightsChanged) this.#reload("Your rights have changed.");
        this.#rightsChanged = false;
        break;
      case "events":
        this.#events(frame);
        break;
      case "positions":
        emit("live:positions", frame);
        return;
      case "drivers":
        emit("live:drivers", frame);
        return;
      case "etas":
        emit("live:etas", frame);
        return;
      case "progress":
        emit("live:progress", frame);
        return;
      case "groups":
        emit("live:groups", frame);
        return;
      case "reload":
        this.#number = this.#head = frame.number;
        this.#reload(frame.why);
        break;
      case "beat":
        this.#head = frame.number;
        // Frames arrive in order, so a beat beyond what has come means that something is missing.
        if (this.#number !== null && frame.number > this.#number) this.#hello();
        this.#say({ t: "seen", beat: frame.beat });
        break;
      case "error":
        console.warn("The live stream refused a message:", frame.error);
        return;
    }
    this.#settle();
  }

  #events({ from, to, items }) {
    if (to <= this.#number) return;
    if (from > this.#number + 1) {
      this.#hello();
      return;
    }
    const fresh = items.filter((item) => item.number > this.#number);
    this.#number = to;
    this.#head = Math.max(this.#head, to);
    emit("live:events", { from, to, items: fresh });
  }

  /** Listeners hand the promise of their reading to `until`: the picture is whole again when all have read. */
  #reload(why) {
    const until = (reading) => {
      this.#reloading += 1;
      Promise.resolve(reading)
        .catch(() => {})
        .then(() => {
          this.#reloading -= 1;
          this.#settle();
        });
    };
    emit("live:reload", { why, until });
  }

  #settle() {
    const isWhole = this.#number !== null && this.#number >= this.#head && this.#reloading === 0;
    if (isWhole) this.#pictureAt = Date.now();
    this.#show(isWhole ? "connected" : "catching_up");
  }

  #show(state) {
    emit("live:state", { state, pictureAt: this.#pictureAt, number: this.#number });
  }
}

export function start() {
  if (config.live && config.tenant) new Live().start();
}
