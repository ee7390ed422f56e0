DROP TABLE fingerprint_texts;
DROP TABLE fingerprint_figures;
DROP TABLE fingerprint_users;
DROP TABLE fingerprint_tags;
DROP TABLE occurrence_facts;
DROP TABLE tag_values;
DROP TABLE index_rebuilds;
DROP TABLE index_queue;
