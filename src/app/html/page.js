'use strict';
// Filter and sort; the page is complete without.  What is chosen stands in the address behind '#',
// so that a view can be kept and sent: #state=failed&finding=P1&q=pbx&sort=end
(() => {
	const list = document.getElementById('list');
	if (!list)
		return;
	const devices = [...list.children];
	const tools = document.getElementById('tools');
	const count = document.getElementById('count');
	const fields = ['q', 'state', 'finding', 'sort'].map((id) => document.getElementById(id));
	const texts = new Map();
	const number = (device, name) => Number(device.dataset[name] ?? Infinity);
	const byName = (a, b) => a.dataset.name.localeCompare(b.dataset.name);
	const byEnd = (a, b) => number(a, 'end') - number(b, 'end') || 0;
	const orders = {
		'': (a, b) => number(a, 'rank') - number(b, 'rank') || byEnd(a, b) || byName(a, b),
		end: (a, b) => byEnd(a, b) || byName(a, b),
		name: byName,
	};

	const text = (device) => {
		if (!texts.has(device))
			texts.set(device, device.textContent.toLowerCase());
		return texts.get(device);
	};

	const wanted = (device, q, state, finding) =>
		(!state || device.dataset.state === state) &&
		(!finding || device.dataset.findings.split(' ').includes(finding)) &&
		(!q || text(device).includes(q));

	const apply = () => {
		const [q, state, finding, sort] = fields.map((field) => field.value);
		let shown = 0;
		for (const device of devices) {
			device.hidden = !wanted(device, q.trim().toLowerCase(), state, finding);
			shown += !device.hidden;
		}
		list.append(...devices.sort(orders[sort] ?? orders['']));
		count.textContent = shown === devices.length ? `${shown} devices`
			: `${shown} of ${devices.length} devices`;
	};

	const keep = () => {
		const view = new URLSearchParams();
		for (const field of fields)
			if (field.value)
				view.set(field.id, field.value);
		history.replaceState(null, '', `#${view}`);
		apply();
	};

	// '#device-7' opens that device, anything else is a view.
	const read = () => {
		const hash = location.hash.slice(1);
		const inside = /^device-\d+$/.test(hash) && document.getElementById(hash);
		const view = new URLSearchParams(inside || !hash.includes('=') ? '' : hash);
		for (const field of fields) {
			field.value = view.get(field.id) ?? '';
			if (field.selectedIndex === -1)
				field.value = '';
		}
		apply();
		if (inside) {
			inside.parentElement.open = true;
			inside.parentElement.scrollIntoView();
		} else if ([...view].length) {
			document.getElementById('devices').scrollIntoView();
		}
	};

	const open = (value) => {
		for (const device of devices)
			if (!device.hidden)
				device.firstElementChild.open = value;
	};

	for (const field of fields)
		field.addEventListener(field.id === 'q' ? 'input' : 'change', keep);
	document.getElementById('open').addEventListener('click', () => open(true));
	document.getElementById('close').addEventListener('click', () => open(false));
	addEventListener('hashchange', read);
	tools.hidden = false;
	read();
})();
