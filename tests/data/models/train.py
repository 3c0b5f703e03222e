"""Trains small models on synthetic data and writes down what the libraries predict: the oracle of `tests/models.rs`.

    pip install xgboost==3.2.0 lightgbm==4.7.0
    python train.py

Rows stand in `rows.csv`: four features (empty: missing), then each model's prediction as the bits of its float in
hexadecimal: 8 digits for XGBoost, which predicts in single precision, 16 for LightGBM.
"""
import csv
import json
import struct

import lightgbm as lgb
import numpy as np
import xgboost as xgb

rng = np.random.default_rng(20260105)
rows = 600
x = rng.normal(size=(rows, 4))
x[:, 0] = rng.integers(0, 30, size=rows)
x[:, 1] = np.round(rng.gamma(2, 40, size=rows), 2)
x[:, 2] = rng.integers(0, 2, size=rows)
x[rng.random(x.shape) < 0.1] = np.nan
full = np.nan_to_num(x)
chance = 1 / (1 + np.exp(-(full[:, 0] * 0.1 + full[:, 1] * 0.01 + full[:, 3] - 2)))
churned = (rng.random(rows) < chance).astype(int)
spend = np.round(full[:, 0] * 3 + full[:, 1] * 0.5 + rng.normal(size=rows), 2)

names = ["f0", "f1", "f2", "f3"]
columns = []


def boost(name, params, label):
    data = xgb.DMatrix(x, label=label, feature_names=names)
    model = xgb.train({"nthread": 1, "max_depth": 4, **params}, data, num_boost_round=20)
    model.save_model(f"{name}.json")
    again = xgb.Booster(model_file=f"{name}.json")
    columns.append([struct.pack(">f", p).hex() for p in again.predict(data)])


def light(name, params, label):
    data = lgb.Dataset(x, label=label, feature_name=names)
    params = {"num_leaves": 12, "verbose": -1, "deterministic": True, "num_threads": 1, **params}
    model = lgb.train(params, data, num_boost_round=20)
    with open(f"{name}.json", "w") as out:
        json.dump(model.dump_model(), out)
    columns.append([struct.pack(">d", p).hex() for p in model.predict(x)])


boost("xgb_churn", {"objective": "binary:logistic", "eta": 0.3}, churned)
boost("xgb_spend", {"objective": "reg:squarederror", "eta": 0.2}, spend)
light("lgb_churn", {"objective": "binary", "min_data_in_leaf": 5}, churned)
light("lgb_spend", {"objective": "regression", "zero_as_missing": True}, spend)
light("lgb_plain", {"objective": "binary", "use_missing": False, "sigmoid": 1.5}, churned)

with open("rows.csv", "w", newline="") as out:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names + ["xgb_churn", "xgb_spend", "lgb_churn", "lgb_spend", "lgb_plain"])
    for number in range(rows):
        features = ["" if np.isnan(v) else repr(float(v)) for v in x[number]]
        writer.writerow(features + [column[number] for column in columns])
