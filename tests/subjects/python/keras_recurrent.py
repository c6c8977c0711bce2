import numpy as np, keras
keras.utils.set_random_seed(1)
x = np.random.default_rng(0).integers(0, 50, (64, 10)); y = x.sum(1) % 2
m = keras.Sequential([keras.layers.Embedding(50, 8), keras.layers.LSTM(8), keras.layers.Dense(1, activation="sigmoid")])
m.compile("adam", "binary_crossentropy", metrics=["accuracy"])
h = m.fit(x, y, epochs=2, batch_size=16, verbose=0)
print(h.history["loss"])
print(m.predict(x[:4], verbose=0).ravel())
