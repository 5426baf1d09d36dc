// Files of messages and tasks: pictures with a preview that opens large, everything else as a card.

import { h, icon, replace } from "./dom.js";
import { bytes } from "./format.js";
import { t } from "./i18n.js";

const PICTURES = new Set(["png", "jpg", "jpeg", "gif", "webp", "bmp"]);

/** file: {name, extension?, size, type?, url} with a ready address. */
export function renderFile(file) {
  const extension = (file.extension || file.name?.split(".").pop() || "").toLowerCase();
  return file.type === "image" || PICTURES.has(extension) ? picture(file) : card(file, extension);
}

function picture(file) {
  const image = h("img", { src: file.url, alt: file.name, loading: "lazy" });
  const node = h("button.picture", { type: "button", title: file.name, onClick: () => view(file) }, image);
  image.addEventListener("error", () => node.replaceWith(card(file, "")));
  return node;
}

function card(file, extension) {
  return h("a.file-card", { href: file.url, download: file.name, target: "_blank", rel: "noopener" },
    h("span.file-kind", {}, extension ? extension.slice(0, 4).toUpperCase() : icon("file", 18)),
    h("span", {}, h("b", {}, file.name), h("small", {}, file.size ? bytes(file.size) : "")));
}

function view(file) {
  const dialog = document.getElementById("viewer");
  replace(dialog,
    h("form.viewer-head", { method: "dialog" }, h("b", {}, file.name), h("small", {}, file.size ? bytes(file.size) : ""),
      h("button.icon-button", { ariaLabel: t("close") }, icon("close"))),
    h("img", { src: file.url, alt: file.name }));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close(), { once: true });
  dialog.showModal();
}
