// Apollo Client runs every documented operation by the hash in the manifest alone, and tells the answers: {name: data}.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'

const [url, manifest] = process.argv.slice(2)
const hashes = {}
const sent = []
const link = new PersistedQueryLink({
  generateHash: (document) => hashes[document.definitions[0].name.value] ?? '0'.repeat(64),
})
const counting = (input, init) => { sent.push(JSON.parse(init.body)); return fetch(input, init) }
const client = new ApolloClient({
  link: ApolloLink.from([link, new HttpLink({ uri: url, fetch: counting })]),
  cache: new InMemoryCache(),
  defaultOptions: { query: { fetchPolicy: 'no-cache' } },
})
const told = {}
for (const [hash, text] of Object.entries(JSON.parse(readFileSync(manifest)))) {
  const document = gql(text)
  const name = document.definitions[0].name.value
  hashes[name] = hash
  told[name] = (await client.query({ query: document })).data
}
const texts = sent.filter((one) => 'query' in one).length
let refused = null
try {
  await client.query({ query: gql`query Mine { status { generation { number } } }` })
} catch (error) {
  refused = (error.errors ?? error.cause?.errors)?.[0]?.extensions?.code ?? String(error)
}
console.log(JSON.stringify({ told, texts, refused }))
