// What a TypeScript user catches in each of the cases of `test_error_table.py`, which come as JSON on standard input.
import { readFileSync } from 'node:fs';
import OpenAI, { AzureOpenAI } from 'openai';

const ALONGSIDE = 16;
const url = process.env.OPENAI_BASE_URL;
const cases = JSON.parse(readFileSync(0, 'utf8'));
const ours = new OpenAI({ apiKey: 'sk-any' });
const endpoint = url.replace(/\/v1$/, '');
const theirs = new AzureOpenAI({ baseURL: null, endpoint, apiKey: 'any', apiVersion: '2024-10-21' });

async function asked({ api, name, fault, model, own, stream, retries, timeout }) {
  const client = api === 'azure' ? theirs : ours;
  const headers = { 'x-case': `${name} node`, ...(fault && { 'x-mockai-fault': fault }) };
  const options = { headers, maxRetries: retries, timeout: timeout * 1000 };
  const body = { model: own ? `${model}-node` : model, stream };
  let count = 0;
  try {
    const answer =
      api === 'responses'
        ? await client.responses.create({ ...body, input: 'Say hé.' }, options)
        : await client.chat.completions.create({ ...body, messages: [{ role: 'user', content: 'Say hé.' }] }, options);
    if (stream) for await (const _ of answer) count += 1;
  } catch (error) {
    const { status, code, param, type, requestID } = error;
    const seen = { status_code: status, code, param, type, request_id: requestID, error: error.constructor.name, count };
    return Object.fromEntries(Object.entries(seen).map(([key, value]) => [key, value ?? null]));
  }
  return { status_code: null, code: null, param: null, type: null, request_id: null, error: null, count };
}

const seen = {};
const waiting = [...cases];
async function worker() {
  for (let next = waiting.shift(); next; next = waiting.shift()) seen[next.name] = await asked(next);
}
await Promise.all(Array.from({ length: ALONGSIDE }, worker));
console.log(JSON.stringify({ node: seen }));
