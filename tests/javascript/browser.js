// Fakes of the browser APIs that the scripts use; loaded by Node before every test.

const page = Object.assign(new EventTarget(), { hidden: false });
const frames = [];

// Unlike in a browser, Node's `removeEventListener` does not accept a boolean.
class FakeWindow extends EventTarget {
  removeEventListener(type, listener, options) {
    super.removeEventListener(type, listener, typeof options === "boolean" ? { capture: options } : options);
  }
}

/** An in-memory Storage that throws for values of more than `quota` characters. */
export class FakeStorage {
  values = new Map();
  quota = Number.POSITIVE_INFINITY;

  getItem(key) {
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    if (key.length + value.length > this.quota) throw new DOMException("full", "QuotaExceededError");
    this.values.set(key, value);
  }

  removeItem(key) {
    this.values.delete(key);
  }
}

/** Records all connections, oldest first, in `FakeEventSource.opened`. */
export class FakeEventSource extends EventTarget {
  static CLOSED = 2;
  static opened = [];

  readyState = 1;

  constructor(address) {
    super();
    this.address = address;
    FakeEventSource.opened.push(this);
  }

  /** Dispatches an event from the server, with data as JSON and the event id. */
  send(type, content, lastEventId = "") {
    const event = new MessageEvent(type, { data: JSON.stringify(content), lastEventId });
    if (type === "message") this.onmessage(event);
    else this.dispatchEvent(event);
  }

  /** Fails the connection; with `refused`, the browser does not reconnect. */
  fail({ refused }) {
    this.readyState = refused ? FakeEventSource.CLOSED : 0;
    this.onerror();
  }

  close() {
    this.readyState = FakeEventSource.CLOSED;
  }
}

/** Runs the callbacks that wait for the next animation frame. */
export function drawFrame() {
  for (const callback of frames.splice(0)) callback();
}

/** The number of callbacks that wait for the next animation frame. */
export const pendingFrameCallbacks = () => frames.length;

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
