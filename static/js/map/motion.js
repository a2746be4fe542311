/* How a driver moves between two pings: glides to each fix over one ping interval, then reckons on for a short while. */

import { metresPerUnit, unitX, unitY } from "map/mercator";

export const RECKON_SECONDS = 3;
const SHORTEST_GLIDE = 0.4;
const LONGEST_GLIDE = 6;
const IMPLAUSIBLE_METRES_PER_SECOND = 60;
const SLOWEST_RECKONED = 0.7;

/**
 * The path of one driver on the screen, in units of the world square and seconds of the page's clock.
 *
 * A new fix never makes the marker jump: it glides from where it is drawn to the fix, in the time that lay between the
 * last two fixes, so what is drawn is about one ping behind and steady. When the next ping is overdue the marker goes
 * on at the reported speed, never longer than RECKON_SECONDS: after that it stands still and its age says why.
 */
export class Track {
  constructor() {
    this.x = NaN;
    this.y = NaN;
    this.heading = null;
    this.recordedAt = 0;
    this.fromX = this.fromY = this.toX = this.toY = NaN;
    this.start = 0;
    this.glide = 0;
    this.driftX = 0;
    this.driftY = 0;
  }

  get placed() {
    return Number.isFinite(this.toX);
  }

  /** Takes a fix; false when it is older than the one already known. `recordedAt` is in milliseconds. */
  fix({ latitude, longitude, heading, speed, recordedAt }, now, { still = false } = {}) {
    if (recordedAt < this.recordedAt) return false;
    const first = !this.placed;
    const gap = first ? 0 : (recordedAt - this.recordedAt) / 1000;
    if (!first) this.advance(now);
    const x = unitX(longitude);
    const y = unitY(latitude);
    const metres = first ? 0 : Math.hypot(x - this.x, y - this.y) * metresPerUnit(y);
    const jump = metres > 250 && metres > IMPLAUSIBLE_METRES_PER_SECOND * Math.max(gap, 1);
    const stepX = x - this.toX;
    const stepY = y - this.toY;
    this.recordedAt = recordedAt;
    this.toX = x;
    this.toY = y;
    this.start = now;
    this.glide = first || still || jump ? 0 : Math.min(LONGEST_GLIDE, Math.max(SHORTEST_GLIDE, gap));
    this.fromX = this.glide ? this.x : x;
    this.fromY = this.glide ? this.y : y;
    this.heading = heading ?? (metres > 4 && !jump && !first ? bearing(stepX, stepY) : this.heading);
    const units = !still && speed > SLOWEST_RECKONED && this.heading !== null ? speed / metresPerUnit(y) : 0;
    const radians = ((this.heading ?? 0) * Math.PI) / 180;
    this.driftX = Math.sin(radians) * units;
    this.driftY = -Math.cos(radians) * units;
    this.advance(now);
    return true;
  }

  /** Moves `x` and `y` to where the marker belongs at `now`; true while it is still on its way. */
  advance(now) {
    const elapsed = now - this.start;
    if (elapsed < this.glide) {
      const part = Math.max(0, elapsed / this.glide);
      this.x = this.fromX + (this.toX - this.fromX) * part;
      this.y = this.fromY + (this.toY - this.fromY) * part;
      return true;
    }
    const reckoned = Math.min(RECKON_SECONDS, elapsed - this.glide);
    this.x = this.toX + this.driftX * reckoned;
    this.y = this.toY + this.driftY * reckoned;
    return reckoned < RECKON_SECONDS && (this.driftX !== 0 || this.driftY !== 0);
  }

  /** At once where the last fix is, for those who want no motion. */
  rest() {
    this.x = this.toX;
    this.y = this.toY;
  }

  /** Units of the world square per second at `now`, for deciding when the next frame is worth drawing. */
  speedAt(now) {
    const elapsed = now - this.start;
    if (elapsed < this.glide) return Math.hypot(this.toX - this.fromX, this.toY - this.fromY) / this.glide;
    return elapsed - this.glide < RECKON_SECONDS ? Math.hypot(this.driftX, this.driftY) : 0;
  }
}

function bearing(x, y) {
  return ((Math.atan2(x, -y) * 180) / Math.PI + 360) % 360;
}
