'use strict';
// Put into a copy of a page: measures, as the browser shows it, what overflows and the contrast of all text
// (WCAG 2.1, 1.4.3), and leaves the result in the element #probe.
(() => {
	const parse = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
	const clear = (colour) => parse(colour)[3] === 0;
	const ground = (element) => {
		for (let at = element; at; at = at.parentElement)
			if (!clear(getComputedStyle(at).backgroundColor))
				return getComputedStyle(at).backgroundColor;
		return 'rgb(255, 255, 255)';
	};
	const luminance = (colour) => {
		const [r, g, b] = parse(colour).slice(0, 3).map((part) => part / 255)
			.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const contrast = (a, b) => {
		const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
		return (light + 0.05) / (dark + 0.05);
	};
	const hasText = (element) => [...element.childNodes].some((node) =>
		node.nodeType === Node.TEXT_NODE && node.data.trim());
	let least = 21, where = '', texts = 0;

	for (const details of document.querySelectorAll('details'))
		details.open = true;
	for (const element of document.querySelectorAll('body *')) {
		if (!hasText(element) || element.closest('script') || !element.getClientRects().length)
			continue;
		const style = getComputedStyle(element);
		const colour = element.closest('svg') ? style.fill : style.color;
		const ratio = contrast(colour, ground(element));
		texts++;
		if (ratio < least) {
			least = ratio;
			where = `${element.tagName}.${element.className}: ${element.textContent.slice(0, 30)}`;
		}
	}
	const probe = document.createElement('pre');
	probe.id = 'probe';
	probe.textContent = `texts=${texts} contrast=${least.toFixed(2)} (${where}) ` +
		`window=${innerWidth} content=${document.documentElement.scrollWidth} ` +
		`dark=${matchMedia('(prefers-color-scheme: dark)').matches}.`;
	document.body.append(probe);
})();
