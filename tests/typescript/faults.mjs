// Meets every fault named in the JSON list on standard input, with and without a stream, at the SDK's defaults.
import { readFileSync } from 'node:fs';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'sk-any' });
const slow = new Set(['never', 'slow_head']);

async function meets(name, stream) {
  const fault = name === 'fail' ? 'fail(503, retry_after=0.001)' : name;
  const options = { headers: { 'x-mockai-fault': fault }, ...(slow.has(name) ? { timeout: 500 } : {}) };
  const content = `What is ${name} ${stream}?`;
  const asks = [
    () => client.chat.completions.create({ model: 'gpt-4.1', messages: [{ role: 'user', content }], stream }, options),
    () => client.responses.create({ model: 'gpt-4.1', input: content, stream }, options),
  ];
  for (const ask of asks) {
    try {
      const answer = await ask();
      if (stream) for await (const _ of answer);
    } catch {
      // what the SDK raises is its user's to catch
    }
  }
}

const faults = JSON.parse(readFileSync(0, 'utf8'));
await Promise.all(faults.flatMap((name) => [meets(name, true), meets(name, false)]));
console.log(JSON.stringify({ met: faults.length }));
process.exit(0);
