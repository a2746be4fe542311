/** What an order looks like once the acts that are still to be sent are done: the page goes on without network. */

const place = (order, end) => {
  const at = order[end];
  const point = at.lat === null ? "" : `${at.lat},${at.lng}`;
  return {
    end,
    label: at.label,
    lat: at.lat,
    lng: at.lng,
    notes: "",
    contact: at.contact,
    phone: at.phone,
    navigation: point && `geo:${point}?q=${point}(${encodeURIComponent(at.label)})`,
    map: "",
  };
};

// What a handing over will ask for is told by the server only: until then everything can be added, nothing must.
const anything = (stage, withPin) => [
  { kind: "photo", field: "proof_ids", stage, optional: true },
  { kind: "signature", field: "proof_ids", stage, optional: true },
  { kind: "barcode", field: "barcode", stage, optional: true },
  ...(withPin ? [{ kind: "pin", field: "pin", stage, optional: true }] : []),
];

const find = (view, act) => (view.next?.act === act ? view.next : view.others.find((step) => step.act === act));
const without = (view, ...acts) => ({
  next: view.next && !acts.includes(view.next.act) ? view.next : null,
  others: view.others.filter((step) => !acts.includes(step.act)),
});

/** The first step that is left becomes the button, at the place where the order is. */
function promote({ next, others }, at, window) {
  if (next) return { next, others };
  const order = ["arrive", "pick-up", "depart", "deliver", "stage"];
  const first = others.find((step) => order.includes(step.act));
  if (!first) return { next: null, others };
  return { next: { place: at, window, ...first }, others: others.filter((step) => step !== first) };
}

const closed = (view, sentence) => ({ ...view, next: null, others: [], waiting_for: sentence, isClosed: true });
const LATER = "It is sent as soon as there is a connection.";

function after(view, act, job) {
  const at = view.next?.place ?? view.place;
  const window = view.next?.window ?? { opens_at: null, due_at: job.order.due_at };
  const always = [find(view, "raise-exception"), find(view, "note")].filter(Boolean);
  const failing = [find(view, "fail-attempt"), find(view, "return"), find(view, "self-unassign"), ...always].filter(Boolean);
  switch (act.act) {
    case "reject":
    case "self-unassign":
      return { ...closed(view, ""), isGone: true };
    case "accept":
    case "self-assign": {
      const pickup = place(job.order, "pickup");
      const step = (name, label, needs = []) => ({ act: name, label, needs, place: { ...pickup, ...at }, window });
      return { ...view, isAccepted: true, isGuess: true, place: pickup, next: step("arrive", "I am there"), others: [step("pick-up", "Picked up", anything("pickup"))], waiting_for: "" };
    }
    case "arrive":
      // Who is at the receiver's door has set out before.
      return { ...view, place: at, ...promote(without(view, "arrive", ...(at?.end === "dropoff" ? ["depart"] : [])), at, window), waiting_for: "" };
    case "depart":
      return { ...view, place: at, ...promote(without(view, "depart"), at, window), waiting_for: "" };
    case "pick-up": {
      const dropoff = place(job.order, "dropoff");
      const step = (name, label, needs = []) => ({ act: name, label, needs, place: dropoff, window });
      const isInbound = job.order.leg === "inbound";
      const last = isInbound ? step("stage", "Brought to the warehouse") : step("deliver", "Delivered", anything("delivery", true));
      const start = step("depart", isInbound ? "Start to the warehouse" : "Start to the receiver");
      return { ...view, place: dropoff, status: "picked_up", isGuess: true, next: start, others: [step("arrive", "I am there"), last, ...failing], waiting_for: "" };
    }
    case "deliver":
      return { ...closed(view, `Delivered. ${LATER}`), status: "delivered" };
    case "stage":
      return { ...closed(view, `Brought to the warehouse. ${LATER}`), status: "staged" };
    case "return":
      return { ...closed(view, `Brought back. ${LATER}`), status: "returned" };
    case "fail-attempt": {
      const again = [{ act: "try-again", label: "Try again", needs: [] }, { act: "withdraw-attempt", label: "Failed by mistake", needs: [] }];
      const back = find(view, "return");
      return { ...view, before: view, next: null, others: [...again, ...(back ? [back] : []), ...always], waiting_for: `Reported as failed. ${LATER}` };
    }
    case "try-again":
    case "withdraw-attempt":
      return view.before ?? closed(view, LATER);
    default:
      return view;
  }
}

/**
 * foresee(job, waiting) -> { next, others, waiting_for, status, isGone, isClosed, isAccepted, isGuess } ; `waiting` are
 * the unsent acts of this order in the order they were made. `isGuess`: the server may ask for more than is shown.
 */
export function foresee(job, waiting) {
  let view = { next: job.next, others: job.others, waiting_for: job.waiting_for, status: job.order.status, place: job.next?.place ?? null };
  for (const act of waiting) view = after(view, act, job);
  return view;
}
