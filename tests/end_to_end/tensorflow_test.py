"""Scripts of Keras, TensorFlow and JAX, which know nothing of an audit: each hazard is caught with its cause, at
its line, also under another script and with other names; each clean twin is certified."""
import subprocess
import sys
import unittest

from python_test import PYTHON, SUBJECTS, THOROUGH, FrameworkTest


class Keras(FrameworkTest):
    def test_only_tensorflow_was_seeded_under_another_script(self):
        finding = self.both_wrapped("keras_tf_seed_only")
        self.assertIn("keras.utils.set_random_seed(seed)", finding["fix"]["summary"])

    def test_no_part_of_it_is_imported_for_an_audit(self):
        self.nothing_more_is_imported("import tensorflow as tf\ntf.constant([1.0]) + 1")

    def test_samples_of_a_generator_without_a_seed(self):
        self.both("keras_default_rng", "default_rng(seed)", proven=False)

    def test_a_seed_of_the_time_for_all(self):
        finding = self.both("keras_time_seed", "`keras.utils.set_random_seed(seed)` here", proven=False)
        self.assertEqual(finding["op"], "keras.utils.set_random_seed")

    def test_a_shuffle_without_a_seed(self):
        finding = self.both("keras_shuffle")
        self.assertIn("reshuffle_each_iteration=False", finding["fix"]["summary"])

    def test_augmentation_without_a_seed(self):
        self.both("keras_augmentation", "seed=seed", proven=False)

    def test_elements_as_they_are_ready(self):
        # Held arms may part too, on one processor: then the samples' order is what is known, and no proof.
        text = (SUBJECTS / "keras_unordered_map.py").read_text()
        (self.folder / "unordered.py").write_text(text)
        budget = [] if THOROUGH else ["--budget", "0"]
        report = self.audit("--runs", "3", *budget, "--", PYTHON, "unordered.py", check=1, timeout=1800)
        finding = report["findings"][0]
        self.assertEqual((finding["cause"], finding["location"]["line"]), ("data-order", 15))
        self.assertIn("deterministic=True", finding["fix"]["summary"])
        self.clean("keras_unordered_map")

    def test_operations_that_fail_do_so_as_alone(self):
        (self.folder / "failing.py").write_text((SUBJECTS / "tf_failing.py").read_text())
        alone = subprocess.run([PYTHON, "failing.py"], cwd=self.folder, capture_output=True, check=True)
        self.assertEqual(alone.stdout.count(b"refused"), 3)
        report = self.audit("--", PYTHON, "failing.py", check=0, timeout=1800)
        self.assertGreater(report["coverage"]["events_compared"], 20)

    def test_a_recurrent_model_is_certified(self):
        # Its gradient's nodes have names of hundreds of characters, and pass values in lists of tensors.
        (self.folder / "recurrent.py").write_text((SUBJECTS / "keras_recurrent.py").read_text())
        report = self.audit("--runs", "4", "--", PYTHON, "recurrent.py", check=0, timeout=1800)
        self.assertGreater(report["coverage"]["events_compared"], 3000)

    def test_what_a_session_runs_is_told_to_be_unseen(self):
        (self.folder / "session.py").write_text((SUBJECTS / "tf_session.py").read_text())
        report = self.audit("--", PYTHON, "session.py", check=0, timeout=1800)
        self.assertTrue([line for line in report["coverage"]["unseen"] if "tf.compat.v1.Session" in line],
                        report["coverage"])

    def test_what_xla_compiled_is_one_operation(self):
        self.assertEqual(self.hazard("tf_compiled", proven=False)["op"], "tf.function(jit_compile=True)")
        report = self.clean("tf_compiled")
        self.assertTrue([line for line in report["coverage"]["unseen"] if "compiled by XLA" in line],
                        report["coverage"])

    def test_all_that_is_advised_is_certified(self):
        (self.folder / "right.py").write_text((SUBJECTS / "keras_right.py").read_text())
        report = self.audit("--runs", "5", "--", PYTHON, "right.py", check=0, timeout=1800)
        self.assertEqual(report["audit"]["verdict"], "reproducible")
        self.assertEqual(report["confidence"]["comparisons"], 4)
        self.assertGreater(report["coverage"]["events_compared"], 1000)
        self.assertEqual(report["environment"]["run.mode"], "training and evaluation")

    def test_what_only_predicts_is_inference(self):
        (self.folder / "predicts.py").write_text(
            "import keras\nimport numpy as np\nkeras.utils.set_random_seed(1)\n"
            "model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])\n"
            "print(model.predict(np.ones((8, 4), 'float32'), verbose=0).sum())\n")
        report = self.audit("--", PYTHON, "predicts.py", check=0, timeout=1800)
        self.assertEqual(report["environment"]["run.mode"], "inference")


class Jax(FrameworkTest):
    def test_a_key_made_of_the_time_under_another_script(self):
        finding = self.both_wrapped("jax_time_key")
        self.assertIn("`jax.random.key(seed)` here", finding["fix"]["summary"])

    def test_no_part_of_it_is_imported_for_an_audit(self):
        self.nothing_more_is_imported("import jax\njax.numpy.ones(3) + 1")

    def test_what_takes_gradients_is_training(self):
        script = "import jax\nimport jax.numpy as jnp\n\n\ndef loss(w):\n    return jnp.mean(w ** 2)\n\n\n" \
                 "w = jnp.ones(3)\nprint({}, loss.__name__)\n"
        for call, mode in (("jax.jit(lambda w: w - jax.grad(loss)(w))(w)", "training"),
                           ("jax.value_and_grad(loss)(w)", "training"),
                           ("jax.jit(loss)(w)", None)):
            with self.subTest(call=call):
                self.script("gradients.py", script.format(call))
                report = self.audit("--", PYTHON, "gradients.py", check=0)
                self.assertEqual(report["environment"].get("run.mode"), mode)


if __name__ == "__main__":
    if not PYTHON or subprocess.run([PYTHON, "-c", "pass"], capture_output=True, check=False).returncode:
        print(f"SKIP: no interpreter with the frameworks of {SUBJECTS / 'requirements.txt'} at {PYTHON!r}; "
              "`./bootstrap test` installs them where it can")
        sys.exit(77)
    unittest.main()
