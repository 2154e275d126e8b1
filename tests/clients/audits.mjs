// The audits of GraphQL over HTTP by its authors' reference implementation: [{name, status, reason}].
import { auditServer } from 'graphql-http'

const told = await auditServer({ url: process.argv[2] })
console.log(JSON.stringify(told.map(({ name, status, reason }) => ({ name, status, reason: reason ?? '' }))))
