// Drives a real Chromium through the pages of a mock device, as an administrator would, and writes
// what its DevTools protocol tells as a HAR file.  Started by record.sh; needs puppeteer-core.
//
//   node record.mjs gateway|tick|platform BASE-URL OUT.har [NAME=VALUE...]
//
// Names: page, user, password, upload (PEM), bad (file that is refused), root (PEM), visit (paths
// with blanks between them), chromium.
import { writeFileSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

const [kind, base, out, ...rest] = process.argv.slice(2);
const set = Object.fromEntries(rest.map(word => word.split(/=(.*)/s).slice(0, 2)));

// --- what the browser tells --------------------------------------------------------------------

const requests = new Map();
const order = [];

function entryOf(id) {
  if (!requests.has(id)) {
    requests.set(id, { id, frames: [] });
    order.push(requests.get(id));
  }
  return requests.get(id);
}

function follow(client) {
  const on = (name, handle) => client.on(`Network.${name}`, handle);

  on('requestWillBeSent', event => {
    let entry = entryOf(event.requestId);
    if (entry.request && event.redirectResponse) {
      requests.delete(event.requestId);
      entry.response = event.redirectResponse;
      entry = entryOf(event.requestId);
    }
    Object.assign(entry, { request: event.request, wall: event.wallTime, type: event.type });
  });
  on('requestWillBeSentExtraInfo', event => { entryOf(event.requestId).sentHeaders = event.headers; });
  on('responseReceived', event => {
    Object.assign(entryOf(event.requestId), { response: event.response, type: event.type });
  });
  on('responseReceivedExtraInfo', event => { entryOf(event.requestId).gotHeaders = event.headers; });
  on('loadingFinished', async event => {
    const entry = entryOf(event.requestId);
    // Both are forgotten with the next page.
    entry.post = await client.send('Network.getRequestPostData', { requestId: event.requestId })
      .catch(() => undefined);
    entry.body = await client.send('Network.getResponseBody', { requestId: event.requestId })
      .catch(() => undefined);
  });
  on('webSocketCreated', event => {
    Object.assign(entryOf(event.requestId), {
      request: { method: 'GET', url: event.url, headers: {} }, type: 'WebSocket' });
  });
  on('webSocketWillSendHandshakeRequest', event => {
    const entry = entryOf(event.requestId);
    Object.assign(entry, { wall: event.wallTime, offset: event.wallTime - event.timestamp });
    entry.sentHeaders = event.request.headers;
  });
  on('webSocketHandshakeResponseReceived', event => {
    Object.assign(entryOf(event.requestId), { response: event.response });
  });
  const frame = type => event => entryOf(event.requestId).frames.push({
    type, time: event.timestamp + entryOf(event.requestId).offset,
    opcode: event.response.opcode, data: event.response.payloadData });
  on('webSocketFrameSent', frame('send'));
  on('webSocketFrameReceived', frame('receive'));
}

// --- as DevTools would write it -------------------------------------------------------------------

const keptHeaders = /^(content-type|origin|referer|authorization|cookie|set-cookie|www-authenticate|upgrade)$/i;
const list = headers => Object.entries(headers ?? {})
  .filter(([name]) => keptHeaders.test(name)).map(([name, value]) => ({ name, value }));

// The key is of no use to anybody, but scanners of repositories cannot know that.
const shorten = text => text?.replace(
  /(-----BEGIN [A-Z ]*PRIVATE KEY-----\r?\n)[^-]*(-----END)/g, '$1c2hvcnRlbmVk\n$2');

// As DevTools exports it: the content of files in forms is left out by the browser itself.
function postData(entry) {
  const text = entry.post?.postData ?? entry.request.postData;
  if (text === undefined && !entry.request.hasPostData) return undefined;
  const headers = entry.sentHeaders ?? entry.request.headers;
  const name = Object.keys(headers).find(one => /^content-type$/i.test(one));
  return { mimeType: headers[name] ?? '', text: shorten(text ?? '') };
}

function content(entry) {
  const body = entry.body ?? {};
  const text = body.body ?? '';
  const page = (entry.response?.mimeType ?? '') === 'text/html';
  return {
    size: text.length,
    mimeType: entry.response?.mimeType ?? '',
    ...(page ? { text: text.slice(0, 120), comment: 'shortened' } : { text }),
    ...(body.base64Encoded ? { encoding: 'base64' } : {}),
  };
}

function harEntry(entry) {
  const post = postData(entry);
  return {
    pageref: 'page_1',
    _resourceType: (entry.type ?? 'Other').toLowerCase(),
    startedDateTime: new Date((entry.wall ?? 0) * 1000).toISOString(),
    time: 0,
    request: {
      method: entry.request.method, url: entry.request.url, httpVersion: 'http/1.1',
      headers: list(entry.sentHeaders ?? entry.request.headers), queryString: [], cookies: [],
      headersSize: -1, bodySize: post ? post.text.length : 0, ...(post ? { postData: post } : {}),
    },
    response: {
      status: entry.response?.status ?? 0, statusText: entry.response?.statusText ?? '',
      httpVersion: 'http/1.1', headers: list(entry.gotHeaders ?? entry.response?.headers),
      cookies: [], content: content(entry), redirectURL: '', headersSize: -1, bodySize: -1,
    },
    cache: {}, timings: { send: 0, wait: 0, receive: 0 },
    ...(entry.type === 'WebSocket' ? { _webSocketMessages: entry.frames } : {}),
  };
}

async function write(browser, title) {
  const entries = [];
  for (const entry of order)
    if (entry.request && /^(https?|wss?):/.test(entry.request.url))
      entries.push(harEntry(entry));
  const log = {
    version: '1.2',
    creator: { name: 'tests/support/record.mjs', version: '1' },
    browser: { name: 'Chromium', version: await browser.version() },
    comment: 'Recorded from a headless Chromium at a mock device; assembled from events of the '
      + 'DevTools protocol, shortened: few headers, pages cut, keys made useless.',
    pages: [{ id: 'page_1', title, startedDateTime: entries[0].startedDateTime, pageTimings: {} }],
    entries,
  };
  writeFileSync(out, JSON.stringify({ log }, null, 1) + '\n');
}

// --- what the administrator does ------------------------------------------------------------------

const quiet = page => page.waitForNetworkIdle({ idleTime: 300 });

async function press(page, form, button = 'button') {
  await Promise.all([quiet(page), form.$(button).then(found => found.click())]);
}

const formUnder = (page, xpath) => page.waitForSelector(`::-p-xpath(${xpath})`);

async function uploadIn(page, label, file) {
  const form = await formUnder(page, `//form[.//label[contains(., '${label}')]]`);
  await (await form.$('input[type=file]')).uploadFile(file);
  await press(page, form);
}

async function gateway(page) {
  await page.authenticate({ username: set.user, password: set.password });
  await page.goto(base + set.page);
  await uploadIn(page, 'Device certificate', set.upload);
  await page.goto(base + set.page);
  if (kind === 'tick')
    await press(page, await formUnder(page, "//table[caption[.='Present chain']]//form"));
  else
    await uploadIn(page, 'Trusted certificate', set.root);
  await page.goto(base + set.page);
  await press(page, await formUnder(page,
    "//h2[.='Device certificate']/following-sibling::form[button[.='Clear']]"));
  for (const path of (set.visit ?? '').split(' ').filter(Boolean)) {
    await page.goto(base + path);
    await new Promise(done => setTimeout(done, 500)); // its answer is forgotten with the next page
  }
}

async function platform(page) {
  await page.goto(base + set.page);
  await page.type('#password', set.password);
  await Promise.all([page.waitForSelector('#security:not([hidden])'), page.click('#login button')]);
  for (const file of [set.bad, set.upload]) {
    await (await page.$('#file')).uploadFile(file);
    await press(page, await page.$('#security'));
  }
  await page.click('#uninstall');
  await new Promise(done => setTimeout(done, 500));
}

const browser = await puppeteer.launch({
  executablePath: set.chromium, headless: true, acceptInsecureCerts: true,
  args: ['--no-sandbox', '--ignore-certificate-errors', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  const client = await page.createCDPSession();
  follow(client);
  await client.send('Network.enable', { maxPostDataSize: 1 << 20 });
  await (kind === 'platform' ? platform : gateway)(page);
  await write(browser, page.url());
} finally {
  await browser.close();
}
