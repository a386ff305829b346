// Light or dark as the system has it, until the button says otherwise; a choice equal to the system's is forgotten.
export class Theme {
  #dark = matchMedia("(prefers-color-scheme: dark)");

  constructor(button) {
    this.button = button;
    button.addEventListener("click", () => this.#toggle());
    this.#dark.addEventListener("change", () => this.#show());
    this.#show();
  }

  get #system() {
    return this.#dark.matches ? "dark" : "light";
  }

  #toggle() {
    const next = (localStorage.getItem("theme") ?? this.#system) === "dark" ? "light" : "dark";
    if (next === this.#system) localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    this.#show();
  }

  #show() {
    const chosen = localStorage.getItem("theme");
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    this.button.textContent = (chosen ?? this.#system) === "dark" ? "Light theme" : "Dark theme";
  }
}
