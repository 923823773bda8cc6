"""A small script for what the table component cannot do: keep a reader's search and filters over an update.

When gradio_leaderboard 0.0.14 gets a new value it shows all rows, though the search box and the filters still say
otherwise. It filters anew whenever the choice of columns changes, so the script takes one column away and gives it
back at once: the choice ends as it was, and the search and the filters hold again.
"""

REAPPLY_FILTERS = """
() => {
  const box = document.querySelector("#ranking-table fieldset input[type=checkbox]:not(:disabled)");
  if (box) { box.click(); box.click(); }
}
"""
