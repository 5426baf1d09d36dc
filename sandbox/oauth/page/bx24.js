// A stand-in for BX24.js: the documented functions, answered by the sandbox's slider (the parent frame).
// The messages between the two are the sandbox's own; with the vendor's library nothing of this is there.
(() => {
  "use strict";
  const [domain, protocol, sid] = window.name.split("|");
  const waiting = new Map();
  const onInit = [];
  let number = 0;
  let data = null;
  let authorised = false;

  function ask(method, params) {
    number += 1;
    const id = number;
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    window.parent.postMessage({ bx24: "ask", sid, id, method, params: params ?? {} }, "*");
    return answer;
  }

  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data?.bx24 !== "answer") return;
    waiting.get(event.data.id)?.(event.data.result);
    waiting.delete(event.data.id);
  });

  // Seconds of life become a moment of this browser's clock.
  function learn(answer) {
    data = { ...answer, AUTH_EXPIRES: Date.now() + answer.AUTH_EXPIRES * 1000 };
  }

  const ready = new Promise((resolve) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", resolve);
    else resolve();
  });
  const started = window.parent === window
    ? new Promise(() => {})
    : Promise.all([ask("getInitData"), ready]).then(([answer]) => {
        learn(answer);
        authorised = true;
        for (const call of onInit.splice(0)) call();
      });

  // What a callback of callMethod is given.
  function ajaxResult(answer, again) {
    const body = answer.body ?? {};
    return {
      data: () => body.result,
      error: () => body.error === undefined
        ? undefined
        : { status: answer.status, ex: body, toString: () => `${body.error}: ${body.error_description ?? ""}` },
      more: () => body.next !== undefined,
      total: () => body.total,
      time: () => body.time,
      next: (callback) => (body.next === undefined ? false : again(body.next, callback)),
      answer: body,
      status: answer.status,
    };
  }

  async function call(method, params, callback) {
    await started;
    const answer = await ask("callMethod", { method, params: params ?? {} });
    if (answer.auth) learn(answer.auth);
    const again = (start, other) => call(method, { ...params, start }, other ?? callback);
    callback?.(ajaxResult(answer, again));
  }

  function query(params, prefix) {
    return Object.entries(params ?? {}).map(([key, value]) => {
      const name = prefix ? `${prefix}[${key}]` : key;
      return value !== null && typeof value === "object"
        ? query(value, name)
        : `${encodeURIComponent(name)}=${encodeURIComponent(value ?? "")}`;
    }).filter(Boolean).join("&");
  }

  const BX24 = {
    init(callback) {
      if (authorised) callback?.();
      else if (callback) onInit.push(callback);
    },
    install(callback) {
      started.then(() => { if (data.INSTALL) callback?.(); });
    },
    installFinish() {
      ask("installFinish");
    },
    getAuth() {
      if (!authorised || data.AUTH_EXPIRES <= Date.now()) return false;
      return {
        access_token: data.AUTH_ID,
        refresh_token: data.REFRESH_ID,
        expires_in: data.AUTH_EXPIRES,
        domain: data.DOMAIN,
        member_id: data.MEMBER_ID,
      };
    },
    refreshAuth(callback) {
      ask("refreshAuth").then((answer) => { learn(answer); callback?.(BX24.getAuth()); });
    },
    callMethod(method, params, callback) {
      call(method, params, callback);
    },
    callBatch(calls, callback, halt) {
      const cmd = Array.isArray(calls) ? [] : {};
      for (const [key, one] of Object.entries(calls)) {
        const [method, params] = Array.isArray(one) ? one : [one.method, one.params];
        cmd[key] = `${method}?${query(params)}`;
      }
      call("batch", { halt: halt ? 1 : 0, cmd }, (result) => {
        const body = result.data() ?? {};
        const found = Array.isArray(calls) ? [] : {};
        for (const key of Object.keys(calls)) {
          const error = body.result_error?.[key];
          found[key] = ajaxResult({
            status: result.status,
            body: error === undefined
              ? { result: body.result?.[key], total: body.result_total?.[key], next: body.result_next?.[key] }
              : { error: error.error, error_description: error.error_description },
          }, () => false);
        }
        callback?.(found);
      });
    },
    fitWindow(callback) {
      const size = BX24.getScrollSize();
      ask("resizeWindow", { height: size.scrollHeight }).then(() => callback?.());
    },
    resizeWindow(width, height, callback) {
      ask("resizeWindow", { width, height }).then(() => callback?.());
    },
    getScrollSize() {
      const page = document.documentElement;
      return {
        scrollWidth: Math.max(page.scrollWidth, document.body?.scrollWidth ?? 0),
        scrollHeight: Math.max(document.body?.scrollHeight ?? 0, page.offsetHeight),
      };
    },
    openApplication(params, callback, settings) {
      const all = { ...params };
      for (const [key, value] of Object.entries(settings ?? {})) all[`bx24_${key}`] = value;
      ask("openApplication", all).then(() => callback?.());
    },
    closeApplication() {
      ask("closeApplication");
    },
    openPath(path, callback) {
      ask("openPath", { path }).then((answer) => callback?.(answer));
    },
    setTitle(title, callback) {
      ask("setTitle", { title }).then(() => callback?.());
    },
    scrollParentWindow(top, callback) {
      ask("scrollParentWindow", { top }).then(() => callback?.());
    },
    reloadWindow(callback) {
      ask("reloadWindow").then(() => callback?.());
    },
    ready(callback) {
      ready.then(callback);
    },
    isReady: () => document.readyState !== "loading",
    isAdmin: () => Boolean(data?.IS_ADMIN),
    getLang: () => data?.LANG ?? new URLSearchParams(location.search).get("LANG"),
    getDomain: () => data?.DOMAIN ?? domain,
    placement: {
      info: () => ({ placement: data?.PLACEMENT ?? "DEFAULT", options: data?.PLACEMENT_OPTIONS ?? {} }),
      getInterface: (callback) => callback?.({ command: [], event: [] }),
      call: (_command, _params, callback) => callback?.({ error: "not played" }),
      bindEvent() {},
    },
  };
  window.BX24 = window.BX24 ?? BX24;
  void protocol;
})();
