// The slider around an application: posts the frame as the portal does, and answers the stand-in of BX24.js.
(() => {
  "use strict";
  const app = document.getElementById("app");
  const sid = app.dataset.sid;
  let data = null;
  const begun = fetch(`/_sandbox/frames/${sid}`).then((answer) => answer.json()).then((found) => { data = found; });

  async function renew() {
    data = await (await fetch(`/_sandbox/frames/${sid}/refresh`, { method: "POST" })).json();
    return data;
  }

  async function rest(method, params) {
    const answer = await fetch(`/p/${data.portal}/rest/${encodeURIComponent(method)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...params, auth: data.AUTH_ID }),
    });
    return { status: answer.status, body: await answer.json().catch(() => ({ error: "ERROR_UNEXPECTED_ANSWER" })) };
  }

  const deeds = {
    getInitData: () => data,
    refreshAuth: renew,
    async callMethod({ method, params }) {
      const first = await rest(method, params);
      if (first.body.error !== "expired_token") return first;
      const auth = await renew();
      return { ...(await rest(method, params)), auth };
    },
    async installFinish() {
      const answer = await fetch(`/_sandbox/frames/${sid}/install_finish`, { method: "POST" });
      if (!(await answer.json()).finished) return null;
      const query = new URLSearchParams({ client_id: data.client_id, user: data.user });
      location.replace(`/_sandbox/portals/${data.portal}/frame?${query}`);
      return null;
    },
    resizeWindow({ width, height }) {
      if (height) app.style.flex = "none";
      if (height) app.style.height = `${height}px`;
      if (width) app.style.maxWidth = `${width}px`;
    },
    openApplication(params) {
      const query = new URLSearchParams({
        client_id: data.client_id, user: data.user, options: JSON.stringify(params),
      });
      const dialog = document.createElement("dialog");
      dialog.className = "slider";
      const inner = document.createElement("iframe");
      inner.src = `/_sandbox/portals/${data.portal}/frame?${query}`;
      dialog.append(inner);
      document.body.append(dialog);
      dialog.showModal();
      return new Promise((resolve) => dialog.addEventListener("close", () => { dialog.remove(); resolve(null); }));
    },
    closeApplication() {
      if (window.parent !== window) window.parent.postMessage({ bx24: "close" }, location.origin);
      else document.body.classList.add("closed");
    },
    openPath: ({ path }) => { window.open(path, "_blank"); return { result: "close" }; },
    setTitle({ title }) {
      document.title = title;
      document.querySelector("h1").textContent = title;
    },
    scrollParentWindow: ({ top }) => window.scrollTo({ top }),
    reloadWindow: () => location.reload(),
  };

  window.addEventListener("message", async (event) => {
    if (event.origin === location.origin && event.data?.bx24 === "close") {
      document.querySelector("dialog.slider")?.close();
      return;
    }
    const { bx24, id, method, params } = event.data ?? {};
    if (event.source !== app.contentWindow || bx24 !== "ask" || event.data.sid !== sid || !deeds[method]) return;
    await begun;
    const result = await deeds[method](params);
    event.source.postMessage({ bx24: "answer", id, result: result ?? null }, event.origin);
  });
  document.getElementById("open").submit();
})();
