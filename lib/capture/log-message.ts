import { type Pgoutput, PgoutputPlugin } from 'pg-logical-replication';

/** A message of the plugin pgoutput, its values as the server's text. */
export type LogMessage = Pgoutput.Message;

/** Reads the messages of one stream, which refer to relations told before. */
export function createMessageParser(): (bytes: Uint8Array) => LogMessage {
  const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [] });
  return (bytes) => {
    const message = plugin.parse(Buffer.from(bytes)) as LogMessage;
    if (message.tag === 'relation') keepText(message);
    return message;
  };
}

/** The library would make dates and numbers of the text, which lose digits. */
function keepText({ columns }: Pgoutput.MessageRelation): void {
  for (const column of columns) column.parser = (text: string) => text;
}
