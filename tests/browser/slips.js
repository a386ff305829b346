// What an accessibility check can measure in the page itself. Answers a list of sentences, one for each slip.
() => {
  const slips = [];
  const describe = (element) => `<${element.localName} class="${element.className}"> "${element.textContent.trim().slice(0, 40)}"`;

  // ---- Contrast: every text that is shown, against what lies behind it (WCAG 2.2, 1.4.3)

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  function rgba(colour) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { channels: [red, green, blue], alpha: alpha / 255 };
  }
  const over = (top, below) => top.channels.map((one, place) => one * top.alpha + below[place] * (1 - top.alpha));
  function behind(element) {
    if (!element) return [255, 255, 255];
    const colour = rgba(getComputedStyle(element).backgroundColor);
    return colour.alpha === 1 ? colour.channels : over(colour, behind(element.parentElement));
  }
  function luminance(channels) {
    const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = channels.map((value) => linear(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
  function contrast(element, pseudo) {
    const ground = behind(element);
    const [darker, lighter] = [luminance(over(rgba(getComputedStyle(element, pseudo).color), ground)), luminance(ground)]
      .sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  }
  function judge(element, pseudo) {
    const { fontSize, fontWeight } = getComputedStyle(element, pseudo);
    const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
    const found = contrast(element, pseudo);
    if (found < (large ? 3 : 4.5)) slips.push(`contrast ${found.toFixed(2)}: ${describe(element)}`);
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || judged.has(element)) continue;
    if (!element.checkVisibility({ visibilityProperty: true }) || element.closest(".visually-hidden")) continue;
    judged.add(element);
    judge(element, null);
  }
  for (const field of document.querySelectorAll("[placeholder]")) if (field.checkVisibility()) judge(field, "::placeholder");

  // ---- Structure

  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) slips.push(`the id "${id}" is there twice`);
  for (const name of ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      for (const id of element.getAttribute(name).split(" ")) {
        if (!ids.includes(id)) slips.push(`${name} of ${describe(element)} leads nowhere: ${id}`);
      }
    }
  }
  for (const element of document.querySelectorAll("[tabindex]")) {
    if (element.tabIndex > 0) slips.push(`tabindex ${element.tabIndex}: ${describe(element)}`);
  }
  for (const list of document.querySelectorAll("ul, ol")) {
    if ([...list.children].some((child) => child.localName !== "li")) slips.push(`a list of other things: ${describe(list)}`);
  }
  if (!document.documentElement.lang) slips.push("the page has no language");
  if (!document.title) slips.push("the page has no title");
  if (document.querySelectorAll("main").length !== 1) slips.push("there is not exactly one main part");
  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map(({ localName }) => Number(localName[1]));
  if (levels.filter((level) => level === 1).length !== 1) slips.push("there is not exactly one first heading");

  // ---- Size of what is pressed (WCAG 2.2, 2.5.8); a command within a text is exempt

  for (const button of document.querySelectorAll("button:not(.command, .quote-toggle, .skip), input, textarea")) {
    if (!button.checkVisibility()) continue;
    const { width, height } = button.getBoundingClientRect();
    if (width < 24 || height < 24) slips.push(`${width} × ${height} pixels to press: ${describe(button)}`);
  }
  return slips;
}
