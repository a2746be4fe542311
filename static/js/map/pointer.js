/* The mouse on the map: what lies under it is named in a tip, lit in the lists, and chosen by a click. */

import { element } from "core/dom";
import { age, plural } from "core/format";

const SHOWN_AT_MOST = 5;
const LIT_AT_MOST = 40;
const subjectOf = (under) => under?.driver ?? under?.place ?? under?.cluster ?? null;

/** `events`: hover({codes, driver}), driver(id), order(code), orders(codes, point), cluster(cluster), nothing(). */
export class Pointer {
  #frame = 0;
  #under = null;

  constructor(stage, { tip, describe, events }) {
    Object.assign(this, { stage, tip, describe, events });
    const { map } = stage;
    map.on("mousemove", ({ containerPoint }) => this.#look(containerPoint));
    map.on("mouseout", () => this.#leave());
    map.on("movestart zoomstart", () => this.#leave());
    map.on("click", ({ containerPoint }) => this.#click(containerPoint));
  }

  #look(point) {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      const under = this.stage.at(point);
      this.stage.map.getContainer().classList.toggle("over-mark", under !== null);
      if (!under) {
        this.#leave();
        return;
      }
      const isOther = subjectOf(under) !== subjectOf(this.#under);
      this.#under = under;
      const codes = under.place ? [...new Set(under.place.ends.map((end) => end.code))] : [];
      if (isOther) this.events.hover({ codes: new Set(codes.slice(0, LIT_AT_MOST)), driver: under.driver?.id ?? null });
      this.#showTip(under, codes, point);
    });
  }

  #leave() {
    cancelAnimationFrame(this.#frame);
    this.stage.map.getContainer().classList.remove("over-mark");
    this.tip.hidden = true;
    if (!this.#under) return;
    this.#under = null;
    this.events.hover({ codes: new Set(), driver: null });
  }

  #showTip({ driver, cluster }, codes, point) {
    const lines = driver ? this.#driverLines(driver) : cluster ? [`${plural(cluster.count, "order end")} here`, cluster.urgent ? `${plural(cluster.urgent, "order")} need attention` : "", "Click to look closer"].filter(Boolean) : this.#orderLines(codes);
    this.tip.replaceChildren(...lines.map((text, index) => element("div", { class: index ? "muted" : "strong" }, text)));
    this.tip.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    const size = this.stage.map.getSize();
    const left = point.x + 16 + width > size.x - 8 ? point.x - 16 - width : point.x + 16;
    const top = Math.max(8, Math.min(point.y - height / 2, size.y - height - 8));
    this.tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
  }

  #driverLines(driver) {
    const lines = [driver.name, [driver.row.vehicle?.name, driver.load || "free"].filter(Boolean).join(" · ")];
    lines.push(driver.seenAt ? `Position ${age(driver.seenAt)}${driver.online ? "" : ", offline"}` : "No position yet");
    if (driver.doubt) lines.push(driver.doubt);
    return lines;
  }

  #orderLines(codes) {
    if (codes.length === 1) return this.describe(codes[0]);
    const shown = codes.slice(0, SHOWN_AT_MOST);
    const rest = codes.length - shown.length;
    return [`${plural(codes.length, "order")} here`, shown.join(", ") + (rest ? ` and ${rest} more` : ""), "Click to choose one"];
  }

  #click(point) {
    const under = this.stage.at(point);
    if (!under) this.events.nothing();
    else if (under.driver) this.events.driver(under.driver.id);
    else if (under.cluster) this.events.cluster(under.cluster);
    else {
      const codes = [...new Set(under.place.ends.map((end) => end.code))];
      if (codes.length === 1) this.events.order(codes[0]);
      else this.events.orders(codes, point);
    }
  }
}
