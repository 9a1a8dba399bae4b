"""Loaded clusters spike in turn, and as many stay as inhibition and recovery leave turns for."""

import numpy as np
import pytest

from models.mi_katkov_tsodyks_2017 import ACTIVE, Clusters, active, loaded, onsets, portrait
from plastic.rule import InputError

LOADS = [4, 5, 6, 7, 8]
LEFT = [4, 5, 5, 6, 6]


@pytest.fixture(scope="module")
def ran():
    return loaded(Clusters(), LOADS)


def test_as_many_clusters_stay_active_as_were_found_before(ran):
    assert active(ran).tolist() == LEFT


def test_a_finer_step_changes_at_most_one_cluster():
    assert np.abs(active(loaded(Clusters(dt=1e-4), LOADS)) - LEFT).max() <= 1


def test_active_clusters_spike_every_third_to_half_of_a_second(ran):
    for place, load in enumerate(LOADS[:2]):
        for cluster in range(load):
            gaps = np.diff(onsets(ran, place, cluster))[-5:]
            assert ((gaps > 0.33) & (gaps < 0.5)).all()


def test_clusters_that_were_not_loaded_stay_silent(ran):
    assert ran.rate[:, 0, 4:].max() < 20


def test_the_longest_silence_is_that_of_the_formula():
    assert Clusters().longest_silence == pytest.approx(0.3 * np.log(5 / 0.7))


def test_stronger_inhibition_leaves_fewer_clusters():
    left = [active(loaded(Clusters(to_pool=strength), [8]))[0] for strength in (1.75, 2.5, 3.0)]
    assert (np.diff(left) < 0).all()


def test_the_portrait_shows_a_cue_to_every_cluster_that_spikes():
    marks = portrait(0)
    spiking = {mark.series for mark in marks if mark.panel == "rate" and mark.y > ACTIVE}
    cues = {mark.series: (mark.x, mark.y) for mark in marks if mark.panel == "spans"}
    assert {*cues} == spiking == {"cluster 1", "cluster 2", "cluster 3", "cluster 4"}
    for cluster, (since, until) in cues.items():
        first = min(mark.x for mark in marks if (mark.panel, mark.series) == ("rate", cluster) and mark.y > ACTIVE)
        assert since <= first <= until


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match=r"dt is 0\.001 s, too coarse"):
        Clusters(dt=1e-3)
    with pytest.raises(InputError, match="load is 17, but there are 16 clusters"):
        loaded(Clusters(), [17])
    with pytest.raises(InputError, match=r"every is 1e-05 s, shorter than dt"):
        loaded(Clusters(), [4], every=1e-5)
