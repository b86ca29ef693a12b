"""README's table of settings, made from the settings' own descriptions.

    python scripts/settings_table.py            write it into README.md
    python scripts/settings_table.py --check    exit 1 where README.md has another

Run with the project's Python (`.venv/bin/python`): it reads `app.settings`.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BEGIN, END = "<!-- settings: made by scripts/settings_table.py -->\n", "<!-- end of settings -->\n"


def write_table() -> str:
    """The Markdown table: one variable a row, in the order of the classes' fields."""
    sys.path.insert(0, str(ROOT))
    from app.settings import Settings

    rows = ["| variable | says | default |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        # the platform's own variables have no description
        if field.description:
            default = field.default
            text = f"{default:g}" if isinstance(default, float) else str(default)
            shown = "" if default in ("", None, True, False) else f"`{text}`"
            rows.append(f"| `{name.upper()}` | {field.description} | {shown} |")
    return "\n".join(rows) + "\n"


def replace_table(text: str) -> str:
    """README's text with the table between its two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{write_table()}\n{END}{after}"


def main() -> int:
    from generated import write_or_check

    return write_or_check({README: replace_table(README.read_text(encoding="utf-8"))})


if __name__ == "__main__":
    sys.exit(main())
