// What is wider than its frame can be reached and scrolled with the keyboard.
function letKeysScroll() {
  for (const frame of document.querySelectorAll("pre > code, .md-typeset__table, .md-typeset__scrollwrap")) {
    if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
    else frame.removeAttribute("tabindex");
  }
}
addEventListener("load", letKeysScroll);
addEventListener("resize", letKeysScroll);
