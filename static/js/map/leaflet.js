/* Leaflet as django-leaflet ships it: the script puts itself on `window`, this module hands it on by name. */

import "leaflet";

export const L = window.L;
