/* The grid's columns as Tabulator wants them: headings that sort, cells drawn from the order row, ticks and menus. */

import { element, icon } from "core/dom";
import { COLUMNS } from "table/columns";
import { headerFilter } from "table/header_filters";

const NARROW = { title: "", width: 40, minWidth: 40, resizable: false };

/** `events`: sort(word), tick(code, {range, on}), tickAll(on), menu(code, anchor); `isTicked(code)` when a row is drawn. */
export function gridColumns(layout, { ordering, showsFilters, isTicked, events }) {
  return [
    {
      ...NARROW,
      field: "_tick",
      frozen: true,
      cssClass: "tick-cell",
      titleFormatter: () => tickAllBox(events),
      formatter: (cell) => tickBox(cell.getData(), { isTicked, events }),
    },
    ...layout.map((entry) => orderColumn(entry, { ordering, showsFilters, events })),
    {
      ...NARROW,
      field: "_menu",
      cssClass: "menu-cell",
      titleFormatter: () => element("span", { class: "visually-hidden" }, "Actions"),
      formatter: (cell) => menuButton(cell.getData().code, events),
    },
  ];
}

export const asNode = (content) => (content instanceof Node ? content : document.createTextNode(content ?? ""));

function orderColumn({ id, width, shown, pinned }, { ordering, showsFilters, events }) {
  const column = COLUMNS[id];
  return {
    field: id,
    title: column.title,
    width,
    visible: shown,
    frozen: pinned,
    hozAlign: column.end ? "right" : "left",
    headerHozAlign: column.end ? "right" : "left",
    titleFormatter: () => heading(column, { ordering, events }),
    formatter: (cell) => asNode(column.cell(cell.getData())),
    headerFilter: showsFilters && column.filter ? () => headerFilter(id, column) : undefined,
    headerFilterLiveFilter: false,
  };
}

function heading(column, { ordering, events }) {
  if (!column.sort) return element("span", { class: "heading" }, column.title);
  const active = ordering?.replace(/^-/, "") === column.sort;
  const down = ordering?.startsWith("-");
  return element(
    "button",
    {
      class: `heading sortable${active ? " active" : ""}`,
      type: "button",
      title: `Sort by ${column.title.toLowerCase()}`,
      onclick: () => events.sort(active && !down ? `-${column.sort}` : column.sort),
    },
    column.title,
    active && element("span", { class: "arrow", "aria-hidden": "true" }, down ? "↓" : "↑"),
  );
}

function tickBox({ code }, { isTicked, events }) {
  return element("input", {
    type: "checkbox",
    class: "row-tick",
    "aria-label": `Tick order ${code}`,
    checked: isTicked(code),
    onclick: (event) => {
      event.stopPropagation();
      events.tick(code, { range: event.shiftKey, on: event.target.checked });
    },
  });
}

function tickAllBox(events) {
  return element("input", { type: "checkbox", class: "tick-all", "aria-label": "Tick all loaded orders", onclick: (event) => events.tickAll(event.target.checked) });
}

function menuButton(code, events) {
  return element(
    "button",
    {
      class: "icon-btn small row-menu",
      type: "button",
      "aria-label": `Actions of order ${code}`,
      "aria-haspopup": "menu",
      onclick: (event) => {
        event.stopPropagation();
        events.menu(code, event.currentTarget);
      },
    },
    icon("more"),
  );
}
