"""Colours and fonts of a drawing, for light and for dark surroundings."""

from __future__ import annotations

_LIGHT = {
    "page": "#ffffff",
    "ink": "#1f2937",
    "soft": "#6b7280",
    "line": "#94a3b8",
    "pill": "#f8fafc",
    "rim": "#e2e8f0",
    "action": "#eef4ff",
    "action-rim": "#7ba2ea",
    "halting": "#fff6e5",
    "halting-rim": "#e6a93c",
    "terminal": "#eaf7f0",
    "terminal-rim": "#63b98a",
    "missing": "#fdeeee",
    "missing-rim": "#dc7070",
    "walked": "#4f46e5",
    "failed": "#dc2626",
}
_DARK = {
    "page": "#14181f",
    "ink": "#e5e9f0",
    "soft": "#9aa5b5",
    "line": "#64748b",
    "pill": "#1d232d",
    "rim": "#333d4b",
    "action": "#1b2940",
    "action-rim": "#5b86d6",
    "halting": "#37290f",
    "halting-rim": "#c8912f",
    "terminal": "#143024",
    "terminal-rim": "#4aa274",
    "missing": "#3a1b1e",
    "missing-rim": "#c66",
    "walked": "#a5b4fc",
    "failed": "#f87171",
}


def _rules(colours: dict[str, str]) -> str:
    kinds = "".join(
        f".wf-{kind} .wf-box{{fill:{colours[kind]};stroke:{colours[f'{kind}-rim']}}}"
        for kind in ("action", "halting", "terminal", "missing")
    )
    return (
        f".wf-page{{fill:{colours['page']}}}"
        f".wf-name{{fill:{colours['ink']}}}.wf-note,.wf-said{{fill:{colours['soft']}}}"
        f".wf-line{{stroke:{colours['line']}}}.wf-head{{fill:{colours['line']}}}.wf-start{{fill:{colours['soft']}}}"
        f".wf-pill{{fill:{colours['pill']};stroke:{colours['rim']}}}{kinds}"
        f".wf-walked .wf-line{{stroke:{colours['walked']}}}.wf-walked .wf-head{{fill:{colours['walked']}}}"
        f".wf-walked .wf-pill{{stroke:{colours['walked']}}}.wf-walked .wf-said{{fill:{colours['ink']}}}"
        f".wf-current .wf-box{{stroke:{colours['walked']}}}.wf-halo{{fill:{colours['walked']}}}"
        f".wf-failed .wf-box{{stroke:{colours['failed']}}}.wf-failed .wf-halo{{fill:{colours['failed']}}}"
    )


STYLE = (
    ".wf text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,sans-serif}.wf-name{font-weight:600}"
    ".wf-line{fill:none;stroke-width:1.5}.wf-box{stroke-width:1.5}.wf-pill{stroke-width:1}"
    ".wf-missing .wf-box,.wf-fork .wf-line{stroke-dasharray:5 4}"
    ".wf-walked .wf-line{stroke-width:2.5}.wf-visited .wf-box{stroke-width:2}.wf-current .wf-box{stroke-width:3}"
    ".wf-halo{opacity:.18}.wf-next .wf-line{stroke-dasharray:1 5;stroke-linecap:round;stroke-width:2.5}"
    # A label stays opaque when it fades: the line runs behind it.
    ".wf-ahead .wf-line,.wf-ahead .wf-head,.wf-ahead .wf-box,.wf-ahead text{opacity:.45}"
    f"{_rules(_LIGHT)}@media(prefers-color-scheme:dark){{{_rules(_DARK)}}}"
)
