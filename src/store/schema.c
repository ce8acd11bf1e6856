/*
 * The tables of STATE/journal.db.  Times are seconds since 1970, hashes SHA-256 as 32 bytes.
 * A new table or column is a new element behind the last: user_version counts them.
 */
#include "db.h"
#include <stddef.h>

/* No key, no password and no body of a request has a column here. */
static const char roll_outs[] =
	"CREATE TABLE runs ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  command TEXT NOT NULL,"      /* deploy, clear, resume, rollback */
	"  of INTEGER REFERENCES runs," /* the run that is resumed or rolled back */
	"  started INTEGER NOT NULL,"
	"  ended INTEGER," /* NULL: running, or cut off */
	"  user TEXT NOT NULL, host TEXT NOT NULL,"
	"  inventory TEXT NOT NULL, inventory_sha256 BLOB,"
	"  bundle TEXT, leaf BLOB, chain BLOB, subject TEXT, not_after INTEGER," /* NULL without a bundle */
	"  outcome TEXT) STRICT;"
	"CREATE TABLE chains (" /* of the bundle, leaf first */
	"  run INTEGER NOT NULL REFERENCES runs, position INTEGER NOT NULL,"
	"  sha256 BLOB NOT NULL, subject TEXT NOT NULL,"
	"  PRIMARY KEY (run, position)) STRICT;"
	"CREATE TABLE devices ("
	"  run INTEGER NOT NULL REFERENCES runs, name TEXT NOT NULL, driver TEXT NOT NULL,"
	"  leaf BLOB,"                     /* to be installed; NULL: back to factory */
	"  before BLOB, before_name TEXT," /* served before */
	"  proved INTEGER,"                /* when every endpoint served it */
	"  outcome TEXT, sentence TEXT,"   /* NULL: the run did not get that far */
	"  PRIMARY KEY (run, name)) STRICT;"
	"CREATE INDEX devices_by_name ON devices (name, run);"
	"CREATE TABLE changes (" /* exchanges that alter a device */
	"  id INTEGER PRIMARY KEY,"
	"  run INTEGER NOT NULL REFERENCES runs, device TEXT NOT NULL, step TEXT NOT NULL,"
	"  state TEXT NOT NULL," /* begun, answered, lost */
	"  begun INTEGER NOT NULL, ended INTEGER) STRICT;"
	"CREATE INDEX changes_by_device ON changes (run, device);"
	"CREATE TABLE proofs (" /* what the handshakes of the proof showed */
	"  run INTEGER NOT NULL REFERENCES runs, device TEXT NOT NULL, service TEXT NOT NULL,"
	"  port INTEGER NOT NULL, sni TEXT NOT NULL, exact INTEGER NOT NULL,"
	"  leaf BLOB, chain BLOB, at INTEGER NOT NULL) STRICT;"
	"CREATE INDEX proofs_by_device ON proofs (run, device);"
	"CREATE TABLE compromised (" /* keys that must not come back */
	"  key BLOB PRIMARY KEY, leaf BLOB NOT NULL, run INTEGER NOT NULL REFERENCES runs,"
	"  at INTEGER NOT NULL) STRICT;";

/* See certroll/audits.h: a sighting is a state of an endpoint, as long as it lasts. */
static const char audits[] =
	"CREATE TABLE audits ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, inventory TEXT NOT NULL,"
	"  started INTEGER NOT NULL, ended INTEGER NOT NULL,"
	"  part TEXT," /* -l; NULL: the whole inventory */
	"  well INTEGER NOT NULL, warnings INTEGER NOT NULL, errors INTEGER NOT NULL,"
	"  unreachable INTEGER NOT NULL, unlooked INTEGER NOT NULL, changed INTEGER NOT NULL,"
	"  status INTEGER NOT NULL) STRICT;"
	"CREATE INDEX audits_by_inventory ON audits (inventory, id);"
	"CREATE TABLE endpoints ("
	"  id INTEGER PRIMARY KEY, inventory TEXT NOT NULL, device TEXT NOT NULL,"
	"  service TEXT NOT NULL, port INTEGER NOT NULL, name TEXT NOT NULL,"
	"  UNIQUE (inventory, device, service, port, name)) STRICT;"
	"CREATE TABLE leaves ("
	"  id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL UNIQUE, subject TEXT NOT NULL,"
	"  not_after INTEGER NOT NULL) STRICT;"
	"CREATE TABLE sightings ("
	"  id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL REFERENCES endpoints,"
	"  since INTEGER NOT NULL," /* begin of the first audit that saw it so */
	"  until INTEGER,"          /* of the first that saw it otherwise; NULL: none has */
	"  findings TEXT NOT NULL," /* error:P1 warning:V4 */
	"  leaf INTEGER REFERENCES leaves, chain BLOB) STRICT;" /* NULL: no chain was seen */
	"CREATE INDEX sightings_by_endpoint ON sightings (endpoint);"
	"CREATE INDEX sightings_by_leaf ON sightings (leaf);"
	"CREATE UNIQUE INDEX sightings_present ON sightings (endpoint) WHERE until IS NULL;";

const char *const db_schema[] = { roll_outs, audits, NULL };
