// htmx's extensions look for it on the window: this module runs before they do.

import htmx from 'htmx.org/dist/htmx.esm.js';

window.htmx = htmx;

export default htmx;
