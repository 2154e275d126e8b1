// Relay's compiler reads the schema, every documented operation and two fragments; its artefacts run against a service.
//
//   node relay.mjs compile FOLDER SCHEMA MANIFEST    writes FOLDER/persisted.json, {hash: text}
//   node relay.mjs run FOLDER URL                    tells {told: {name: data}, first: [id], both: [id], model: {…}}
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const require = createRequire(import.meta.url)
const relay = require('relay-runtime')

const PAGED = `
  query PagedQuery($first: Int!, $after: String) { ...Paged_list @arguments(first: $first, after: $after) }`
const LIST = `
  fragment Paged_list on Query
    @argumentDefinitions(first: { type: "Int!" }, after: { type: "String" })
    @refetchable(queryName: "PagedListQuery") {
    models(first: $first, after: $after) @connection(key: "Paged_models") {
      totalCount
      edges { provenance node { id ...Paged_model } }
    }
  }`
const MODEL = `
  fragment Paged_model on ModelVersion @refetchable(queryName: "PagedModelQuery") {
    id name version
    upstream(first: 3) { totalCount edges { depth node { id reference } } }
  }`

function compile(folder, schema, manifest) {
  const sources = join(folder, 'src')
  mkdirSync(sources, { recursive: true })
  copyFileSync(schema, join(folder, 'schema.graphql'))
  writeFileSync(join(folder, 'package.json'), '{"type": "commonjs"}')
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify({
    src: './src', schema: './schema.graphql', language: 'javascript', eagerEsModules: false,
    persistConfig: { file: './persisted.json', algorithm: 'SHA256' },
    // An answer as it came has no name that only Relay would give it.
    featureFlags: { enforce_fragment_alias_where_ambiguous: { kind: 'disabled' } },
  }))
  writeFileSync(join(folder, 'persisted.json'), '{}')
  for (const text of Object.values(JSON.parse(readFileSync(manifest)))) {
    const name = /^query (\w+)/m.exec(text)[1]
    // Relay wants a suffix, fragments named after their module, variables with a default to be nullable, and no
    // backticks; and an answer as it came shows what its fragments read. Nothing else is changed.
    const tagged = text
      .replace(/^#.*\n/gm, '')
      .replace(`query ${name}`, `query ${name}Query`)
      .replaceAll('! =', ' =')
      .replace(/^fragment (\w+)/gm, `fragment ${name}_$1`)
      .replace(/\.\.\.(\w+)/g, `...${name}_$1 @relay(mask: false)`)
    writeFileSync(join(sources, `${name}.js`), `graphql\`${tagged}\``)
  }
  writeFileSync(join(sources, 'Paged.js'), [PAGED, LIST, MODEL].map((text) => `graphql\`${text}\``).join('\n'))
  const options = ['--output', 'quiet-with-errors', 'relay.config.json']
  execFileSync(require('relay-compiler'), options, { cwd: folder, stdio: ['ignore', 2, 2] })
}

async function run(folder, url) {
  const persisted = JSON.parse(readFileSync(join(folder, 'persisted.json')))
  const ask = async ({ id, text, name }, variables) => {
    if (text !== null || !(id in persisted)) throw new Error(`${name} was not persisted`)
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
      body: JSON.stringify({ documentId: id, variables }),
    })
    return response.json()
  }
  const environment = new relay.Environment({
    network: relay.Network.create(ask),
    store: new relay.Store(new relay.RecordSource()),
  })
  const artefacts = {}
  const generated = join(folder, 'src', '__generated__')
  for (const file of readdirSync(generated)) {
    artefacts[file.replace('.graphql.js', '')] = require(resolve(generated, file))
  }
  const fetched = (name, variables) => relay.fetchQuery(environment, artefacts[name], variables).toPromise()

  const told = {}
  for (const name of Object.keys(artefacts)) {
    if (artefacts[name].kind === 'Request' && !name.startsWith('Paged')) {
      told[name.replace(/Query$/, '')] = await fetched(name, {})
    }
  }
  // The second page, fetched by the cursor of the first, joins it in the store: one list.
  const paged = { first: 4, after: null }
  environment.retain(relay.createOperationDescriptor(artefacts.PagedQuery, paged))
  const root = await fetched('PagedQuery', paged)
  const list = () =>
    environment.lookup(relay.getSingularSelector(artefacts.Paged_list, root)).data.models
  const first = list()
  await fetched('PagedListQuery', { first: 3, after: first.pageInfo.endCursor })
  const both = list()
  // A thing is fetched again by its id.
  const again = await fetched('PagedModelQuery', { id: both.edges[0].node.id })
  const ids = (page) => page.edges.map((edge) => edge.node.id)
  const model = environment.lookup(relay.getSingularSelector(artefacts.Paged_model, again.node)).data
  console.log(JSON.stringify({ told, first: ids(first), both: ids(both), model }))
}

const [mode, ...rest] = process.argv.slice(2)
await { compile, run }[mode](...rest)
