-- Money is in whole cents, time in milliseconds since 1970.

-- JSON by name: the access token, the switchboard, how phones answer by themselves.
CREATE TABLE chosen (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE phones (
    msisdn TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pin TEXT NOT NULL,
    wrong_pins INTEGER NOT NULL DEFAULT 0  -- in a row; three lock the PIN
) STRICT;

-- `outside` is where money comes from when a phone is loaded, `fees` what M-PESA has earned.
-- `charges_paid` runs into the negative: it is what the merchant owes for payouts.
CREATE TABLE accounts (
    account_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('wallet', 'working', 'utility', 'charges_paid', 'fees', 'outside')),
    owner TEXT NOT NULL,
    balance_cents INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, owner),
    CHECK (balance_cents >= 0 OR kind IN ('charges_paid', 'outside'))
) STRICT;

-- A push (`stk`) or a command. What is `open` is not decided: for a push, the prompt is on the phone.
CREATE TABLE transactions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('stk', 'c2b', 'b2c', 'reversal', 'status', 'balance')),
    state TEXT NOT NULL CHECK (state IN ('open', 'completed', 'failed')),
    request_id TEXT NOT NULL UNIQUE,   -- CheckoutRequestID, or ConversationID of a command
    group_id TEXT NOT NULL,            -- MerchantRequestID, or OriginatorConversationID
    msisdn TEXT NOT NULL,              -- empty for status and balance
    amount_cents INTEGER NOT NULL,
    fee_cents INTEGER NOT NULL DEFAULT 0,
    command TEXT NOT NULL,             -- TransactionType, or CommandID
    reference TEXT NOT NULL,           -- AccountReference, or the receipt or conversation that is asked about
    remarks TEXT NOT NULL,
    result_url TEXT NOT NULL,
    timeout_url TEXT NOT NULL DEFAULT '',
    refusal_code TEXT,                 -- what was found wrong at once, but is told only in the result
    receipt TEXT UNIQUE,
    result_code TEXT,
    requested_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,        -- when an open one is carried out, or its prompt expires
    finished_at_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX one_prompt_a_phone ON transactions (msisdn) WHERE kind = 'stk' AND state = 'open';
CREATE UNIQUE INDEX one_payout_an_id ON transactions (group_id) WHERE kind = 'b2c';
CREATE UNIQUE INDEX one_reversal_a_receipt ON transactions (reference) WHERE kind = 'reversal' AND state = 'completed';
CREATE INDEX open_transactions ON transactions (due_at_ms) WHERE state = 'open';
CREATE INDEX transactions_by_phone ON transactions (msisdn, kind, finished_at_ms);
CREATE INDEX transactions_by_group ON transactions (group_id);

CREATE TABLE postings (
    posting_id INTEGER PRIMARY KEY,
    number INTEGER REFERENCES transactions,  -- null when the operator of the simulator moves money
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Those of one posting sum to zero.
CREATE TABLE entries (
    entry_id INTEGER PRIMARY KEY,
    posting_id INTEGER NOT NULL REFERENCES postings,
    account_id INTEGER NOT NULL REFERENCES accounts,
    amount_cents INTEGER NOT NULL CHECK (amount_cents <> 0),
    balance_after_cents INTEGER NOT NULL
) STRICT;
CREATE TRIGGER an_entry_is_never_changed BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'entries are only ever added'); END;
CREATE TRIGGER an_entry_is_never_removed BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'entries are only ever added'); END;

CREATE TABLE messages (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    msisdn TEXT NOT NULL REFERENCES phones,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_by_phone ON messages (msisdn, message_id);

-- What befell a transaction, in order. A fault that struck a request from which no transaction came has no number.
CREATE TABLE history (
    history_id INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER REFERENCES transactions,
    what TEXT NOT NULL,
    detail TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX history_by_number ON history (number);

-- `sent` is written before the sending, so that a crash can lose a callback but never repeat it.
CREATE TABLE callbacks (
    callback_id INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL REFERENCES transactions,
    kind TEXT NOT NULL CHECK (kind IN ('stk', 'forged', 'result', 'timeout', 'confirmation')),
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    written_as TEXT NOT NULL DEFAULT 'plain',  -- what its bytes are like: a byte-order mark, gzip
    state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'sent', 'lost')),
    due_at_ms INTEGER NOT NULL,
    sent_at_ms INTEGER,
    answer TEXT  -- the HTTP status, or why there was none
) STRICT;
CREATE INDEX callbacks_to_send ON callbacks (due_at_ms) WHERE state IN ('waiting', 'held');
CREATE INDEX callbacks_by_number ON callbacks (number);
