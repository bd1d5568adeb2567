// As much of a browser as the logic of the pages uses; Node loads it before every test.

const page = Object.assign(new EventTarget(), { hidden: false });
const frames = [];

// Node's own takes no boolean here, unlike a browser's.
class FakeWindow extends EventTarget {
  removeEventListener(type, listener, options) {
    super.removeEventListener(type, listener, typeof options === "boolean" ? { capture: options } : options);
  }
}

/** Keeps values like the browser's own storage; what exceeds `room` characters is refused. */
export class FakeStorage {
  values = new Map();
  room = Number.POSITIVE_INFINITY;

  getItem(key) {
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    if (key.length + value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.values.set(key, value);
  }

  removeItem(key) {
    this.values.delete(key);
  }
}

/** Keeps all connections that were opened, oldest first, in `FakeEventSource.opened`. */
export class FakeEventSource extends EventTarget {
  static CLOSED = 2;
  static opened = [];

  readyState = 1;

  constructor(address) {
    super();
    this.address = address;
    FakeEventSource.opened.push(this);
  }

  /** What the server sends: an event with data as JSON, and the position after it. */
  send(type, content, lastEventId = "") {
    const event = new MessageEvent(type, { data: JSON.stringify(content), lastEventId });
    if (type === "message") this.onmessage(event);
    else this.dispatchEvent(event);
  }

  /** The connection is lost; `refused` says that the server does not want it back. */
  fail({ refused }) {
    this.readyState = refused ? FakeEventSource.CLOSED : 0;
    this.onerror();
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }
}

/** Lets the browser draw: runs what waits for the next frame. */
export function drawFrame() {
  for (const callback of frames.splice(0)) callback();
}

/** How many callbacks wait for the next frame. */
export const waitingForFrame = () => frames.length;

/** Hides or shows the tab. */
export function setHidden(hidden) {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
}

Object.assign(globalThis, {
  window: new FakeWindow(),
  document: page,
  EventSource: FakeEventSource,
  requestAnimationFrame: (callback) => frames.push(callback),
});
Object.defineProperty(globalThis, "localStorage", {
  configurable: true,
  writable: true,
  value: new FakeStorage(),
});
