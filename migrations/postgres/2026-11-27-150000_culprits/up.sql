-- Similar errors have a frame of the same function and file; its line varies. The index holds the beginning: a row of a
-- B-tree cannot hold a long text.
DROP INDEX fingerprint_figures_culprit;
CREATE INDEX fingerprint_figures_culprit
    ON fingerprint_figures (project_id, left(culprit, 500) text_pattern_ops);
