// Server-sent events with reconnection. After a gap the listener is told to read everything anew.
// A hidden page lets its stream go: browsers allow six connections to one host, and people keep many tabs open.

export function openStream(url, { onEvent, onState }) {
  let source = null;
  let timer = 0;
  let delayMs = 500;
  let everOpen = false;

  function connect() {
    clearTimeout(timer);
    source = new EventSource(url);
    source.onopen = () => {
      delayMs = 500;
      onState(true, everOpen);
      everOpen = true;
    };
    source.onmessage = (event) => {
      let data = null;
      try {
        data = JSON.parse(event.data);
      } catch {
        return;
      }
      onEvent(data);
    };
    source.onerror = () => {
      drop();
      onState(false, false);
      timer = setTimeout(connect, delayMs);
      delayMs = Math.min(delayMs * 2, 8000);
    };
  }

  function drop() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(timer);
      drop();
    } else if (!source) connect();
  });
  connect();
}

/** Calls `work` at most once per `everyMs`, and once more at the end of a burst. */
export function throttle(work, everyMs) {
  let last = 0;
  let timer = 0;
  return () => {
    clearTimeout(timer);
    const wait = last + everyMs - Date.now();
    const run = () => {
      last = Date.now();
      work();
    };
    if (wait <= 0) run();
    else timer = setTimeout(run, wait);
  };
}
