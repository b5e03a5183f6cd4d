"""Drugs for the pictures of docs/draw.md, with weights, logP and Gasteiger charges by RDKit 2026.9.1.

    python3 drugs.py > drugs.csv
"""
from rdkit import Chem
from rdkit.Chem import Descriptors, Crippen, AllChem
D=[("aspirin","CC(=O)Oc1ccccc1C(=O)O"),("paracetamol","CC(=O)Nc1ccc(O)cc1"),("ibuprofen","CC(C)Cc1ccc(cc1)C(C)C(=O)O"),
("diazepam","CN1c2ccc(Cl)cc2C(=NCC1=O)c1ccccc1"),
("ciprofloxacin","O=C(O)c1cn(C2CC2)c2cc(N3CCNCC3)c(F)cc2c1=O"),
("levofloxacin","C[C@H]1COc2c(N3CCN(C)CC3)c(F)cc3c(=O)c(C(=O)O)cn1c23"),
("moxifloxacin","COc1c(N2C[C@@H]3CCCN[C@@H]3C2)c(F)cc2c(=O)c(C(=O)O)cn(C3CC3)c12"),
("norfloxacin","CCn1cc(C(=O)O)c(=O)c2cc(F)c(N3CCNCC3)cc12"),
("celecoxib","Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"),
("flutamide","CC(C)C(=O)Nc1ccc([N+](=O)[O-])c(C(F)(F)F)c1"),
("verapamil","COc1ccc(CCN(C)CCCC(C#N)(C(C)C)c2ccc(OC)c(OC)c2)cc1OC"),
("penicillin G","CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O")]
print("smiles,name,weight,log_p,charges")
for n,s in D:
    m=Chem.MolFromSmiles(s); AllChem.ComputeGasteigerCharges(m)
    c=" ".join("%.2f"%a.GetDoubleProp("_GasteigerCharge") for a in m.GetAtoms())
    print(f"{s},{n},{Descriptors.MolWt(m):.1f},{Crippen.MolLogP(m):.2f},{c}")
