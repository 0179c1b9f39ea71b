PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE budgets (
    service       TEXT PRIMARY KEY,
    amount_micros INTEGER NOT NULL,
    set_at        TEXT NOT NULL
) STRICT;
INSERT INTO "budgets" VALUES('wavespeed',5000000,'2026-11-01T08:00:01.000000+00:00');
CREATE TABLE clips (
    sha256      TEXT PRIMARY KEY,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    fps         REAL NOT NULL,
    duration    REAL NOT NULL,
    frame_count INTEGER NOT NULL,
    bytes       INTEGER NOT NULL,
    draft       INTEGER NOT NULL,
    added_at    TEXT NOT NULL
) STRICT;
INSERT INTO "clips" VALUES('0bbac565fe42282ad1d687b8935cb7e95ecbd15a107e690febe771f34565cf3a',320,180,24.0,0.5,12,2619,0,'2026-11-01T08:00:06.000000+00:00');
INSERT INTO "clips" VALUES('4ca677951eeb9420d1f67ca950ed13b1c80069a973c08eaa5a14508d64578072',320,180,24.0,0.375,9,2331,0,'2026-11-01T08:00:13.000000+00:00');
CREATE TABLE frames (
    sha256     TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    name       TEXT NOT NULL,
    added_at   TEXT NOT NULL
) STRICT;
INSERT INTO "frames" VALUES('94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2','image/jpeg',640,360,4308,'quay.jpg','2026-11-01T08:00:02.000000+00:00');
CREATE TABLE jobs (
    id            INTEGER PRIMARY KEY,
    service       TEXT NOT NULL,
    request_hash  TEXT NOT NULL REFERENCES requests (hash),
    take          INTEGER NOT NULL CHECK (take >= 1),
    state         TEXT NOT NULL,
    price_micros  INTEGER NOT NULL,
    prediction_id TEXT,
    clip_sha256   TEXT REFERENCES clips (sha256),
    error_kind    TEXT,
    error_message TEXT,
    error_code    INTEGER,
    holder        TEXT,
    asked_at      TEXT NOT NULL,
    sent_at       TEXT,
    accepted_at   TEXT,
    finished_at   TEXT, completed_at TEXT, questions INTEGER NOT NULL DEFAULT 0, lag_seconds REAL, refunded_micros INTEGER NOT NULL DEFAULT 0, starred INTEGER NOT NULL DEFAULT 0, note TEXT NOT NULL DEFAULT '', removed_at TEXT, written_off INTEGER NOT NULL DEFAULT 0, resumed INTEGER NOT NULL DEFAULT 0, adopted INTEGER NOT NULL DEFAULT 0,
    UNIQUE (service, request_hash, take)
) STRICT;
INSERT INTO "jobs" VALUES(1,'wavespeed','0bc6523bc94d525c1df044a374fe8f6163562a477c3ac95edf35bcd62c02b20f',1,'downloaded',490000,'p1','0bbac565fe42282ad1d687b8935cb7e95ecbd15a107e690febe771f34565cf3a',NULL,NULL,NULL,NULL,'2026-11-01T08:00:04.000000+00:00',NULL,NULL,'2026-11-01T08:00:07.000000+00:00',NULL,0,NULL,0,1,'the one with the gulls',NULL,0,0,0);
INSERT INTO "jobs" VALUES(2,'emulator','df277dac35aaeb9767f2246b13a3143ed51f8ea840599d462c23360b357682d2',1,'downloaded',0,'p2','4ca677951eeb9420d1f67ca950ed13b1c80069a973c08eaa5a14508d64578072',NULL,NULL,NULL,NULL,'2026-11-01T08:00:11.000000+00:00',NULL,NULL,'2026-11-01T08:00:14.000000+00:00',NULL,0,NULL,0,0,'',NULL,0,0,0);
INSERT INTO "jobs" VALUES(3,'wavespeed','4ec6868303bac57105c9efb961cfac2bc28b747024787ee4ae20a07f8f03d612',1,'unknown',490000,NULL,NULL,NULL,NULL,NULL,'ffffffffffffffffffffffffffffffff','2026-11-01T08:00:18.000000+00:00','2026-11-01T08:00:20.000000+00:00',NULL,'2026-11-01T08:00:22.000000+00:00',NULL,0,NULL,0,0,'',NULL,0,0,0);
INSERT INTO "jobs" VALUES(4,'wavespeed','e34417160a6e598b55259de6a0b71f843c81ebfd183dca9996fb4e4644b90125',1,'refused',490000,NULL,NULL,NULL,NULL,NULL,NULL,'2026-11-01T08:00:26.000000+00:00',NULL,NULL,'2026-11-01T08:00:28.000000+00:00',NULL,0,NULL,0,0,'',NULL,0,0,0);
CREATE TABLE requests (
    hash                    TEXT PRIMARY KEY,
    prompt                  TEXT NOT NULL,
    image                   TEXT NOT NULL REFERENCES frames (sha256),
    end_image               TEXT REFERENCES frames (sha256),
    enable_prompt_expansion INTEGER NOT NULL,
    added_at                TEXT NOT NULL
) STRICT;
INSERT INTO "requests" VALUES('0bc6523bc94d525c1df044a374fe8f6163562a477c3ac95edf35bcd62c02b20f','slow push in','94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,1,'2026-11-01T08:00:03.000000+00:00');
INSERT INTO "requests" VALUES('df277dac35aaeb9767f2246b13a3143ed51f8ea840599d462c23360b357682d2','pan left','94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,1,'2026-11-01T08:00:10.000000+00:00');
INSERT INTO "requests" VALUES('4ec6868303bac57105c9efb961cfac2bc28b747024787ee4ae20a07f8f03d612','[Pull out] at dusk','94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,1,'2026-11-01T08:00:17.000000+00:00');
INSERT INTO "requests" VALUES('e34417160a6e598b55259de6a0b71f843c81ebfd183dca9996fb4e4644b90125','refused one','94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,1,'2026-11-01T08:00:25.000000+00:00');
CREATE TABLE retakes (
    job_id INTEGER PRIMARY KEY REFERENCES jobs (id),
    next   INTEGER NOT NULL REFERENCES jobs (id)
) STRICT;
CREATE TABLE search (
    job_id    INTEGER PRIMARY KEY REFERENCES jobs (id),
    image     TEXT NOT NULL,
    end_image TEXT,
    words     TEXT NOT NULL
) STRICT;
INSERT INTO "search" VALUES(1,'94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,'slow push in
the one with the gulls');
INSERT INTO "search" VALUES(2,'94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,'pan left
');
INSERT INTO "search" VALUES(3,'94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,'[pull out] at dusk
');
INSERT INTO "search" VALUES(4,'94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2',NULL,'refused one
');
CREATE TABLE tags (
    job_id   INTEGER NOT NULL REFERENCES jobs (id),
    key      TEXT NOT NULL,
    text     TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (job_id, key)
) STRICT;
INSERT INTO "tags" VALUES(1,'hero','hero','2026-11-01T08:00:30.000000+00:00');
CREATE TABLE transitions (
    job_id INTEGER NOT NULL REFERENCES jobs (id),
    state  TEXT NOT NULL,
    at     TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO "transitions" VALUES(1,'intent','2026-11-01T08:00:05.000000+00:00','');
INSERT INTO "transitions" VALUES(1,'downloaded','2026-11-01T08:00:08.000000+00:00','');
INSERT INTO "transitions" VALUES(2,'intent','2026-11-01T08:00:12.000000+00:00','');
INSERT INTO "transitions" VALUES(2,'downloaded','2026-11-01T08:00:15.000000+00:00','');
INSERT INTO "transitions" VALUES(3,'intent','2026-11-01T08:00:19.000000+00:00','');
INSERT INTO "transitions" VALUES(3,'sent','2026-11-01T08:00:21.000000+00:00','');
INSERT INTO "transitions" VALUES(3,'unknown','2026-11-01T08:00:23.000000+00:00','the answer was lost');
INSERT INTO "transitions" VALUES(4,'intent','2026-11-01T08:00:27.000000+00:00','');
INSERT INTO "transitions" VALUES(4,'refused','2026-11-01T08:00:29.000000+00:00','');
CREATE TABLE uploads (
    base_url    TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    url         TEXT NOT NULL,
    uploaded_at TEXT NOT NULL,
    PRIMARY KEY (base_url, sha256)
) STRICT;
INSERT INTO "uploads" VALUES('https://api.wavespeed.ai','94b4d75906620d69dee1129774ccf8a0a3f38e9262ad3f9048e0fc7f5a279ef2','https://cdn.example/x.jpg','2026-11-01T08:00:31.000000+00:00');
CREATE UNIQUE INDEX jobs_by_prediction ON jobs (service, prediction_id)
    WHERE prediction_id IS NOT NULL;
CREATE INDEX transitions_by_job ON transitions (job_id);
CREATE INDEX jobs_standing
    ON jobs (service, state, price_micros, refunded_micros, holder, sent_at);
CREATE INDEX jobs_waiting ON jobs (service, asked_at, id, holder) WHERE state = 'intent';
CREATE INDEX jobs_by_completion ON jobs (service, completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX jobs_by_clip ON jobs (clip_sha256) WHERE clip_sha256 IS NOT NULL;
CREATE INDEX jobs_starred ON jobs (id) WHERE starred;
CREATE INDEX transitions_sent ON transitions (at) WHERE state = 'sent';
CREATE INDEX tags_by_key ON tags (key, job_id, text);
CREATE INDEX search_by_image ON search (image);
CREATE INDEX search_by_end_image ON search (end_image) WHERE end_image IS NOT NULL;
COMMIT;
