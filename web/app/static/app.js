// The pages are drawn by the server; this carries the session (cookies of a frame are often blocked) from page to
// page, says aloud what happens, and moves the focus. Nothing is kept outside the page's memory.
"use strict";
(() => {
  const ROOT = "/bitrix24/app";
  let token = document.querySelector("meta[name=page-session]")?.content || "";
  let current = null;
  let waiting = 0;

  const ours = (address) => {
    const target = new URL(address, location.href);
    return target.origin === location.origin && (target.pathname === ROOT || target.pathname.startsWith(ROOT + "/"));
  };

  const say = (words, kind) => {
    const told = document.getElementById("told");
    if (!told) return;
    told.replaceChildren();
    if (!words) return;
    const note = document.createElement("p");
    note.className = "note " + (kind || "");
    note.textContent = words;
    told.append(note);
  };

  const busy = (on, button) => {
    document.getElementById("shell").classList.toggle("busy", on);
    if (button) button.disabled = on;
  };

  const settle = (page, hash) => {
    const focused = page.querySelector("[data-focus]") || (hash && document.getElementById(hash.slice(1)));
    if (focused) {
      focused.focus({ preventScroll: true });
      focused.scrollIntoView({ block: "start" });
    } else {
      document.getElementById("content").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  };

  const show = (text, address, keep) => {
    const made = new DOMParser().parseFromString(text, "text/html");
    const shell = made.getElementById("shell");
    if (!shell) return false;
    document.title = made.title;
    document.documentElement.lang = made.documentElement.lang;
    document.getElementById("shell").replaceWith(document.adoptNode(shell));
    if (keep && address) history.pushState({ address }, "", address);
    settle(document, new URL(address || location.href, location.href).hash);
    refresh();
    return true;
  };

  const fetchPage = async (address, options, button) => {
    clearTimeout(waiting);
    current?.abort();
    const mine = (current = new AbortController());
    busy(true, button);
    try {
      const headers = { ...(options?.headers || {}), Authorization: "Bearer " + token, "X-Requested-With": "page" };
      const answer = await fetch(address, { ...options, headers, signal: mine.signal, credentials: "same-origin" });
      token = answer.headers.get("X-Page-Session") || token;
      return { text: await answer.text(), address: answer.url || address, answer };
    } catch (fault) {
      if (fault.name !== "AbortError") say(document.body.dataset.away, "wrong");
      return null;
    } finally {
      if (current === mine) busy(false, button);
    }
  };

  const open = async (address, keep = true) => {
    const found = await fetchPage(address);
    if (found) show(found.text, found.address, keep);
  };

  document.addEventListener("click", (event) => {
    const menu = event.target.closest?.("button.menu");
    if (menu) menu.setAttribute("aria-expanded", String(menu.getAttribute("aria-expanded") !== "true"));
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.target && link.target !== "_self") return;
    const address = link.getAttribute("href");
    if (address.startsWith("#")) {
      const place = document.getElementById(address.slice(1));
      if (place) {
        event.preventDefault();
        (place.matches("fieldset") ? place.querySelector("input") || place : place).focus();
        place.scrollIntoView({ block: "center" });
      }
      return;
    }
    if (!ours(address)) return;
    event.preventDefault();
    if (link.hasAttribute("download")) download(address);
    else open(address);
  });

  const download = async (address) => {
    const answer = await fetch(address, { headers: { Authorization: "Bearer " + token }, credentials: "same-origin" });
    if (!answer.ok) return say(document.body.dataset.away, "wrong");
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") || "")?.[1] || "file";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };

  const send = async (form, button) => {
    const data = new FormData(form, button || undefined);
    const method = (form.method || "get").toLowerCase();
    const target = new URL((button && button.getAttribute("formaction")) || form.getAttribute("action") || location.href, location.href);
    if (method === "get") {
      target.search = new URLSearchParams([...data].filter(([, value]) => typeof value === "string" && value)).toString();
      return open(target.href);
    }
    const plain = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    const place = button?.dataset.into || form.dataset.into;
    if (place) say(document.body.dataset.busy);
    const found = await fetchPage(target.href, { method: "POST", body: plain }, button);
    if (!found) return undefined;
    return place ? put(place, found) : show(found.text, found.address, found.answer.redirected);
  };

  // A part of the answered page goes into its place here; what has been typed elsewhere stays.
  const put = (place, found) => {
    const made = new DOMParser().parseFromString(found.text, "text/html");
    const part = made.getElementById(place);
    const here = document.getElementById(place);
    if (!part || !here) return show(found.text, found.address, false);
    say("");
    here.replaceChildren(...document.adoptNode(part).childNodes);
    refresh();
    return true;
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !ours(form.getAttribute("action") || location.href)) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.dataset.confirm && !button.dataset.sure) {
      // A second press of the same button confirms: a frame may not open dialogs.
      button.dataset.sure = "yes";
      button.textContent = button.dataset.confirm;
      return;
    }
    send(form, button);
  });

  // Fields that only some choice needs: data-for="path=value|value" on their box.
  const fit = () => {
    for (const box of document.querySelectorAll("[data-for]")) {
      const [name, values] = box.dataset.for.split("=");
      const chosen = document.querySelector(`[name="${CSS.escape(name)}"]`);
      const wanted = chosen && values.split("|").includes(chosen.value);
      box.hidden = !wanted;
      for (const field of box.querySelectorAll("input, select, textarea")) {
        if (!field.hasAttribute("data-fixed")) field.disabled = !wanted;
      }
    }
  };

  // Forms that show a result while one types: data-live="id" names the button that asks for it.
  document.addEventListener("input", (event) => {
    fit();
    const live = event.target.closest?.("form[data-live]");
    if (!live) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const button = document.getElementById(live.dataset.live);
      if (button && document.contains(live)) send(live, button);
    }, 700);
  });
  document.addEventListener("change", fit);

  // Parts that watch something that runs: data-poll="seconds" reloads the part with this id.
  let polling = 0;
  const refresh = () => {
    fit();
    clearTimeout(polling);
    const watched = document.querySelector("[data-poll]");
    if (!watched) return;
    polling = setTimeout(async () => {
      const headers = { Authorization: "Bearer " + token };
      const answer = await fetch(location.pathname === ROOT ? ROOT + "/overview" : location.href, { headers, credentials: "same-origin" }).catch(() => null);
      if (answer?.ok && document.contains(watched)) {
        token = answer.headers.get("X-Page-Session") || token;
        const made = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = made.getElementById(watched.id);
        if (part) watched.replaceWith(document.adoptNode(part));
      }
      refresh();
    }, 1000 * Number(watched.dataset.poll || 3));
  };

  addEventListener("popstate", (event) => open(event.state?.address || ROOT + "/overview", false));
  document.addEventListener("DOMContentLoaded", () => {
    history.replaceState({ address: location.href }, "");
    refresh();
  });
})();
