import { el } from "/format.js";

// One list for three uses: commands opened by the Menu button, completing a "/" being typed, and what a bot offers inline.
export class CommandList {
  #mode = null;
  #active = -1;
  #items = [];

  constructor({ list, field, button, all, say }) {
    Object.assign(this, { list, field, button, all, say });
    button.addEventListener("click", () => (this.#mode === "menu" ? this.close() : this.#open("menu", all())));
    field.addEventListener("input", () => this.#complete());
    field.addEventListener("blur", () => this.#mode === "typing" && this.close());
    list.addEventListener("keydown", (event) => this.key(event));
    list.addEventListener("focusout", (event) => {
      if (this.#mode === "menu" && !list.contains(event.relatedTarget) && event.relatedTarget !== button) this.close();
    });
    // Keeps the focus where it is, and so the list open, until the click.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  close() {
    this.#mode = null;
    this.list.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  // Lists what a bot offers to "@bot words"; each item has a key, a title, a description and what choosing it does.
  offer(items) {
    if (items.length) this.#open("typing", items);
    else this.close();
  }

  // Answers whether the key was meant for the list.
  key(event) {
    if (!this.#mode) return false;
    const { key } = event;
    const inMenu = this.#mode === "menu";
    const chosen = this.#items[this.#active];
    const last = this.#items.length - 1;
    if (key === "ArrowDown") this.#mark(this.#active < last ? this.#active + 1 : 0);
    else if (key === "ArrowUp") this.#mark(this.#active > 0 ? this.#active - 1 : last);
    else if (key === "Home" && inMenu) this.#mark(0);
    else if (key === "End" && inMenu) this.#mark(last);
    else if (key === "Escape") this.#leave();
    else if (key === "Tab" && !inMenu && !event.shiftKey) this.#take(chosen ?? this.#items[0]);
    else if (chosen && (key === "Enter" || (key === " " && inMenu))) this.#pick(chosen);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #leave() {
    const back = this.#mode === "menu" ? this.button : this.field;
    this.close();
    back.focus();
  }

  #complete() {
    const begun = /^\/(\w*)$/.exec(this.field.value)?.[1];
    const fits = ({ command }) => begun !== undefined && command.startsWith(begun.toLowerCase());
    const fitting = this.all().filter(fits);
    if (fitting.length) this.#open("typing", fitting);
    else this.close();
  }

  #open(mode, commands) {
    this.#mode = mode;
    this.#items = commands;
    this.list.replaceChildren(...commands.map((item, place) => el(
      "li",
      {
        role: "option", id: `command-${place}`, testid: item.act ? `inline-${item.key}` : `command-${item.command}`,
        tabindex: "-1", "aria-selected": "false", on: { click: () => this.#pick(item) },
      },
      el("strong", {}, item.title ?? `/${item.command}`),
      el("span", {}, item.description),
    )));
    this.list.hidden = false;
    this.button.setAttribute("aria-expanded", String(mode === "menu"));
    // While typing nothing is chosen beforehand: Enter sends what was typed unless the arrows were used.
    this.#mark(mode === "menu" ? 0 : -1);
  }

  #mark(place) {
    this.#active = place;
    const options = [...this.list.children];
    for (const [index, option] of options.entries()) option.setAttribute("aria-selected", String(index === place));
    const option = options[place];
    option?.scrollIntoView({ block: "nearest" });
    if (this.#mode === "menu") option?.focus();
    else if (option) this.field.setAttribute("aria-activedescendant", option.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  #pick(item) {
    const typing = this.#mode === "typing";
    this.close();
    if (typing) this.field.value = "";
    if (item.act) item.act();
    else this.say(`/${item.command}`);
    this.field.focus();
  }

  // Tab completes a command and chooses a card.
  #take(item) {
    if (item.act) return this.#pick(item);
    this.field.value = `/${item.command} `;
    this.close();
  }
}
