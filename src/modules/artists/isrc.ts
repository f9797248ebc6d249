/** An International Standard Recording Code (ISO 3901) without hyphens. */
export const ISRC = /^[A-Z]{2}[A-Z0-9]{3}\d{7}$/;
