// What a TypeScript user does, against a mock at OPENAI_BASE_URL. Prints one JSON object: a fact a scenario.
import OpenAI, { APIError, toFile } from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';

const client = new OpenAI({ apiKey: 'sk-any', maxRetries: 1 });
const messages = [{ role: 'user', content: 'Name a colour.' }];
const Person = z.object({ name: z.string(), age: z.number().int(), tags: z.array(z.enum(['a', 'b'])) });

const scenarios = {
  async chat() {
    const said = await client.chat.completions.create({ model: 'gpt-4.1', messages });
    return { object: said.object, role: said.choices[0].message.role, spoke: said.choices[0].message.content.length > 0 };
  },

  async chat_stream() {
    const stream = client.chat.completions.stream({ model: 'gpt-4.1', messages, stream_options: { include_usage: true } });
    let pieces = '';
    for await (const chunk of stream) pieces += chunk.choices[0]?.delta.content ?? '';
    const final = await stream.finalChatCompletion();
    return { same: final.choices[0].message.content === pieces, finish: final.choices[0].finish_reason };
  },

  async chat_parse() {
    const response_format = zodResponseFormat(Person, 'person');
    const said = await client.chat.completions.parse({ model: 'gpt-4.1', messages, response_format });
    return { valid: Person.safeParse(said.choices[0].message.parsed).success };
  },

  async tools() {
    const asked = [];
    const run = client.chat.completions.runTools({
      model: 'gpt-4.1',
      messages: [{ role: 'user', content: 'How is the weather in Oslo?' }],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            function: ({ city }) => (asked.push(typeof city), 'sunny'),
            parse: JSON.parse,
            parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
          },
        },
      ],
    });
    return { spoke: (await run.finalContent()).length > 0, asked: asked.length <= 1 };
  },

  async responses() {
    const said = await client.responses.create({ model: 'gpt-4.1', input: 'Name a colour.' });
    const again = await client.responses.retrieve(said.id);
    const next = await client.responses.create({ model: 'gpt-4.1', input: 'Another?', previous_response_id: said.id });
    return { same: again.output_text === said.output_text, linked: next.previous_response_id === said.id };
  },

  async responses_stream() {
    const stream = client.responses.stream({ model: 'gpt-4.1', input: 'Name a colour.' });
    const types = [];
    for await (const event of stream) types.push(event.type);
    const final = await stream.finalResponse();
    return { first: types[0], last: types.at(-1), status: final.status };
  },

  async responses_parse() {
    const text = { format: zodTextFormat(Person, 'person') };
    const said = await client.responses.parse({ model: 'gpt-4.1', input: 'Make up a person.', text });
    return { valid: Person.safeParse(said.output_parsed).success };
  },

  async files() {
    const file = await client.files.create({ file: await toFile(Buffer.from('{"a": 1}\n'), 'a.jsonl'), purpose: 'batch' });
    const content = await (await client.files.content(file.id)).text();
    const listed = [];
    for await (const each of client.files.list()) listed.push(each.id);
    await client.files.delete(file.id);
    const gone = await client.files.retrieve(file.id).catch((error) => error.status);
    return { content, bytes: file.bytes, listed: listed.includes(file.id), gone };
  },

  async vector_store() {
    const store = await client.vectorStores.create({ name: 'notes' });
    const upload = await toFile(Buffer.from('The harbour is closed on Sundays.'), 'notes.txt');
    const file = await client.vectorStores.files.uploadAndPoll(store.id, upload);
    const found = await client.vectorStores.search(store.id, { query: 'When is the harbour closed?' });
    return { status: file.status, found: found.data[0].filename };
  },

  async embeddings() {
    const made = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] });
    return { count: made.data.length, dimensions: made.data[0].embedding.length };
  },

  async refused() {
    const error = await client.chat.completions.create({ model: 'gpt-4.1', messages, temperature: 9 }).catch((caught) => caught);
    const { status, code, param, type } = error;
    return { api: error instanceof APIError, status, code, param, type, id: /^req_/.test(error.requestID) };
  },
};

const told = {};
for (const [name, scenario] of Object.entries(scenarios)) {
  told[name] = await scenario().catch((error) => ({ failed: String(error?.stack ?? error) }));
}
console.log(JSON.stringify(told));
