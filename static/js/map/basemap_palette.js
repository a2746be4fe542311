/* The basemap's colours, taken from the design tokens and mixed into the shades that have no token of their own. */

const TOKENS = {
  land: ["--map-land", "#edeff2"],
  road: ["--map-road", "#ffffff"],
  edge: ["--map-road-edge", "#d9dee5"],
  water: ["--map-water", "#d5e3f0"],
  green: ["--map-green", "#e2ebdf"],
  ink: ["--ink", "#14181f"],
  ink2: ["--ink-2", "#4a5565"],
  ink3: ["--ink-3", "#5f6b7c"],
};

/** Every colour that the painter needs, as it is right now in the theme of `element`. */
export function readPalette(element) {
  const token = resolveTokens(element);
  const dark = luminance(token.land) < 0.25;
  return {
    dark,
    font: getComputedStyle(element).fontFamily || "sans-serif",
    land: css(token.land),
    outside: css(mix(token.land, token.ink, dark ? 0 : 0.028, dark ? 0.8 : 1)),
    area: {
      town: css(mix(token.land, token.road, dark ? 0.22 : 0.45)),
      wood: css(token.green),
      grass: css(mix(token.land, token.green, 0.62)),
      scrub: css(mix(token.land, token.green, 0.4)),
      rock: css(mix(token.land, token.ink, 0.035)),
      water: css(token.water),
    },
    building: css(mix(token.land, token.ink, dark ? 0.055 : 0.06)),
    buildingEdge: css(mix(token.land, token.ink, dark ? 0.1 : 0.115)),
    waterLine: css(mix(token.water, token.ink2, dark ? 0.04 : 0.05)),
    road: css(token.road),
    roadMajor: css(mix(token.road, token.ink3, dark ? 0.2 : 0)),
    roadEdge: css(mix(token.edge, token.ink3, dark ? 0 : 0.16)),
    roadEdgeMajor: css(mix(token.edge, token.ink3, dark ? 0 : 0.36)),
    tunnel: css(mix(token.road, token.land, 0.55)),
    track: css(mix(token.land, token.ink3, dark ? 0.3 : 0.36)),
    rail: css(mix(token.land, token.ink3, dark ? 0.4 : 0.5)),
    border: css(mix(token.land, token.ink3, dark ? 0.26 : 0.34)),
    borderCountry: css(mix(token.land, token.ink3, dark ? 0.6 : 0.7)),
    arrow: css(mix(token.road, token.ink3, 0.55)),
    placeText: css(mix(token.ink, token.ink2, dark ? 0.2 : 0.35)),
    streetText: css(dark ? mix(token.ink2, token.land, 0.1) : token.ink2),
    quietText: css(token.ink3),
    waterText: css(mix(token.ink3, [74, 132, 190], 0.55)),
    greenText: css(mix(token.ink3, [60, 122, 74], 0.45)),
    halo: css(token.land, 0.92),
    roadHalo: css(token.road, 0.95),
  };
}

/** Tokens may be `light-dark(...)` or any other colour: only the browser can say what they are, so ask a probe. */
function resolveTokens(element) {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const found = {};
  for (const [name, [property, otherwise]] of Object.entries(TOKENS)) {
    probe.style.color = `var(${property}, ${otherwise})`;
    found[name] = numbers(getComputedStyle(probe).color);
  }
  probe.remove();
  return found;
}

function numbers(color) {
  const parts = color.match(/-?[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return color.startsWith("color(") ? parts.slice(0, 3).map((part) => part * 255) : parts.slice(0, 3);
}

function mix(from, to, share, brightness = 1) {
  return from.map((value, index) => (value + (to[index] - value) * share) * brightness);
}

function luminance([red, green, blue]) {
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}

function css(color, opacity = 1) {
  const [red, green, blue] = color.map((value) => Math.round(Math.min(255, Math.max(0, value))));
  return opacity === 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}
