// urql runs every documented operation and tells the answers: {name: data}.
import { readFileSync } from 'node:fs'
import { Client, fetchExchange, gql } from '@urql/core'

const [url, manifest] = process.argv.slice(2)
const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false })
const told = {}
for (const text of Object.values(JSON.parse(readFileSync(manifest)))) {
  const document = gql(text)
  const { data, error } = await client.query(document, {}).toPromise()
  if (error) throw error
  told[document.definitions[0].name.value] = data
}
const refused = await client.query(gql`{ upstream(ref: { model: "nobody:1" }, first: 1) { totalCount } }`, {}).toPromise()
console.log(JSON.stringify({ told, refused: refused.error.graphQLErrors[0].extensions.code }))
