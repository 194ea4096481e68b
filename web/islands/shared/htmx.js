// htmx's extensions look for it on the window: this module runs before they do.

import htmx from 'htmx.org/dist/htmx.esm.js';

window.htmx = htmx;

/** Whether it stands in what somebody else has written, such as the HTML of a form: nothing there is the page's. */
export const isForeign = (element) => Boolean(element.closest('[hx-ignore]'));

export default htmx;
