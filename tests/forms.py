"""Reads the fields of an HTML page as a browser would send them."""

from html.parser import HTMLParser


class FormReader(HTMLParser):
    """Collects name -> values of everything that a submit would send; buttons are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.select = ""
        self.textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and "disabled" not in given:
            kind = given.get("type", "text")
            if kind in ("submit", "button", "file", "image"):
                return
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            self.values.setdefault(name, []).append(given.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.values.setdefault(self.select, []).append(given.get("value") or "")
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.textarea = ""

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea][0] += data


def form_values(html: str, *, form_id: str = "") -> dict[str, list[str]]:
    """What the page's form (the one with `form_id`) sends when nothing is touched."""
    if form_id:
        start = html.index(f'id="{form_id}"')
        html = html[html.rindex("<form", 0, start) : html.index("</form>", start)]
    reader = FormReader()
    reader.feed(html)
    return {name: [value.strip("\n") for value in values] for name, values in reader.values.items()}
