DROP INDEX fingerprint_figures_culprit;
CREATE INDEX fingerprint_figures_culprit ON fingerprint_figures USING hash (culprit);
